// What a merchant asks for: the arguments of both operations.

/**
 * `payType` 결제수단: `card` 신용카드, `hpp` 휴대폰, `vbank` 가상계좌 or `bank` 계좌이체; the gateway's list is given as
 * examples, so another lower-case ASCII word of at most 10 characters passes.
 */
export type PayType = 'card' | 'hpp' | 'vbank' | 'bank' | (string & {})

/** `currency` 통화. The gateway's word for won is `WON`, not the ISO code. */
export type Currency = 'WON' | 'USD'

/**
 * An amount: whole won for `WON`, whole cents for `USD`, at most `Number.MAX_SAFE_INTEGER`.
 *
 * A safe integer, a bigint, or a text of digits with or without well-formed thousands commas (`"12,000"`).
 */
export type Amount = number | bigint | string

/** A full cancel (전체 취소). */
export interface CancelRequest {
  /** `payType` 결제수단, as the payment was approved. */
  payType: PayType
  /** `tid` 거래ID: the approval's transaction id, never an authentication's; at most 40 characters. */
  tid: string
  /** `price` 취소 금액: the exact approved total, above zero. */
  price: Amount
  /** `currency` 통화; `WON` by default. */
  currency?: Currency | null | undefined
  /** `cancelType` 망취소옵션: `C` for a mobile network cancel (모바일 망취소), otherwise absent. */
  cancelType?: 'C' | null | undefined
}

/** A partial cancel (부분 취소), and after one such, also the cancel of the rest. */
export interface PartialCancelRequest {
  /** `payType` 결제수단, as the payment was approved. */
  payType: PayType
  /** `tid` 거래ID: the approval's transaction id, also after earlier partial cancels; at most 40 characters. */
  tid: string
  /** `cancelPrice` 부분 취소 금액: what to give back now, above zero. */
  cancelPrice: Amount
  /** `confirmPrice` 취소 후 남은 금액: what remains **after** this cancel; 0 when it takes the rest. */
  confirmPrice: Amount
  /** `currency` 통화; `WON` by default. */
  currency?: Currency | null | undefined
  /**
   * `tax` 부가세, at most 10 digits: for merchants set up as '부가세 업체정함' only, for whom an absent one makes the
   * amount tax-free.
   */
  tax?: Amount | null | undefined
  /** `taxfree` 비과세, at most 10 digits: for the same merchants only. */
  taxfree?: Amount | null | undefined
}

/** How one call is waited for, and what it is called. */
export interface CallOptions {
  /**
   * Gives up the wait. Before the request left, it is not sent; after that it continues to its end, and what became of
   * it is reported to {@link ClientOptions.onSettled}. Either way the promise rejects with the signal's reason at once,
   * and the reason carries `outcome` (`not_sent` or `unknown`), `tid` and `reference`. A reason that can't, or that carries
   * another call's, is the `cause` of an `AbortError` that does.
   */
  signal?: AbortSignal | null | undefined
  /** Milliseconds for this whole call, in place of the client's; more than 0, at most 3,600,000. */
  timeoutMs?: number | null | undefined
  /**
   * Milliseconds to wait for this call, more than 0, at most 3,600,000; absent, to its end. If it takes longer, the promise
   * rejects with an {@link OutcomeUnknownError} of the kind `pending`. The call continues within its time limit, and what
   * became of it is reported to {@link ClientOptions.onSettled}.
   */
  waitMs?: number | null | undefined
  /**
   * A text of your own, of at most 200 characters, such as a refund's number. It is never sent; errors, {@link Settled},
   * {@link OpenCall}, channels and spans give it back.
   */
  reference?: string | null | undefined
}

/** The names of each operation's arguments. */
export const ARGUMENTS = {
  cancel: ['payType', 'tid', 'price', 'currency', 'cancelType'],
  partial_cancel: ['payType', 'tid', 'cancelPrice', 'confirmPrice', 'currency', 'tax', 'taxfree'],
  warm_up: [],
} as const

/** The names of a call's options. */
export const CALL_OPTIONS = ['signal', 'timeoutMs', 'waitMs', 'reference'] as const

/** The names of the options of reaching the gateway, which nobody waits for in part. */
export const WARM_UP_OPTIONS = CALL_OPTIONS.filter((name) => name !== 'waitMs')
