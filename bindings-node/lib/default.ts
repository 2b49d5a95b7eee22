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
 * @throws {@link ConfigurationError} The environment does not make a client.
 * @throws What {@link Client.cancel} throws.
 */
export async function cancel(request: CancelRequest, options?: CallOptions): Promise<CancelReceipt> {
  return shared().cancel(request, options)
}

/**
 * Gives back a part of a payment (부분 취소), on the same default client as {@link cancel}.
 *
 * @throws {@link ConfigurationError} The environment does not make a client.
 * @throws What {@link Client.partialCancel} throws.
 */
export async function partialCancel(
  request: PartialCancelRequest,
  options?: CallOptions,
): Promise<PartialCancelReceipt> {
  return shared().partialCancel(request, options)
}
