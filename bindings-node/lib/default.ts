// Calls without a client of one's own.

import { Client } from './client.js'
import type { CancelReceipt, PartialCancelReceipt } from './receipts.js'
import type { CallOptions, CancelRequest, PartialCancelRequest } from './requests.js'

let client: Client | undefined

/** The default client, made from the environment at its first use. */
function shared(): Client {
  return (client ??= new Client())
}

/**
 * Cancels a whole payment (전체 취소), on a default client made at first use from `PAYWELCOME_MID`,
 * `PAYWELCOME_SIGN_KEY` or `PAYWELCOME_MKEY`, `PAYWELCOME_ENVIRONMENT` and `PAYWELCOME_BASE_URL`.
 *
 * @param request What to cancel: `payType` 결제수단, `tid` 거래ID, `price` 취소 금액 (the exact approved total, won or
 * cents), and if needed `currency` 통화 and `cancelType` 망취소옵션.
 * @param options `signal`, `timeoutMs` and `waitMs` in milliseconds, and your own `reference` of the call.
 * @returns The receipt: the gateway did exactly what was asked.
 * @throws {@link ConfigurationError} The environment does not make a client.
 * @throws {@link InvalidRequestError} An argument is wrong; nothing was sent.
 * @throws {@link NotSentError} Provably nothing left this machine; it may be sent again.
 * @throws {@link DeclinedError} The gateway declined; nothing was cancelled.
 * @throws {@link OutcomeUnknownError} The money may have moved; find out before you send anything again.
 */
export async function cancel(request: CancelRequest, options?: CallOptions): Promise<CancelReceipt> {
  return shared().cancel(request, options)
}

/**
 * Cancels a part of a payment (부분 취소); after a first one, also the rest, on a default client made at first use
 * from `PAYWELCOME_MID`, `PAYWELCOME_SIGN_KEY` or `PAYWELCOME_MKEY`, `PAYWELCOME_ENVIRONMENT` and `PAYWELCOME_BASE_URL`.
 *
 * @param request What to give back: `payType` 결제수단, `tid` 거래ID, `cancelPrice` 부분 취소 금액 (now), `confirmPrice`
 * 취소 후 남은 금액 (what remains after it; won or cents), and if needed `currency` 통화, `tax` 부가세 and `taxfree` 비과세.
 * @param options `signal`, `timeoutMs` and `waitMs` in milliseconds, and your own `reference` of the call.
 * @returns The receipt: the gateway did exactly what was asked.
 * @throws {@link ConfigurationError} The environment does not make a client.
 * @throws {@link InvalidRequestError} An argument is wrong; nothing was sent.
 * @throws {@link NotSentError} Provably nothing left this machine; it may be sent again.
 * @throws {@link DeclinedError} The gateway declined; nothing was cancelled.
 * @throws {@link OutcomeUnknownError} The money may have moved; find out before you send anything again.
 */
export async function partialCancel(
  request: PartialCancelRequest,
  options?: CallOptions,
): Promise<PartialCancelReceipt> {
  return shared().partialCancel(request, options)
}
