// A refund as it stands in the store.

import { valued } from '../descriptor.js'
import type { ErrorKind } from '../outcome.js'
import type { RawFields } from '../raw.js'
import { type Review, reviewOf } from './review.js'
import { fill, plain, type Told } from './told.js'
import type { AttemptOutcome, Evidence, RefundNote, RefundState, Ruling } from './words.js'

/**
 * A refund as it was in the store when it was read.
 *
 * It is frozen. Amounts are won, or cents for USD; times are by the database's clock. The gateway's answer is that to the latest
 * attempt with a known result.
 */
export class Refund {
  /** Your own name of the refund. */
  readonly key!: string
  /** `mid` 가맹점ID. */
  readonly mid!: string
  /** `tid` 거래ID: the payment's transaction id. */
  readonly tid!: string
  /** Its state. */
  readonly state!: RefundState
  /** `payType` 결제수단 of the payment. */
  readonly payType!: string
  /** `currency` 통화 of the payment. */
  readonly currency!: 'WON' | 'USD'
  /** The amount to refund. */
  readonly amount!: number
  /** `tax` 부가세, if it was passed. */
  readonly tax!: number | null
  /** `taxfree` 비과세, if it was passed. */
  readonly taxfree!: number | null
  /** The approved amount of the payment. */
  readonly paid!: number
  /** The remaining amount of the payment, as far as is known. */
  readonly remaining!: number
  /** The operation that it is sent as; `null` before it is first sent. */
  readonly operation!: 'cancel' | 'partial_cancel' | null
  /** `confirmPrice` 취소 후 남은 금액: the amount to remain; `null` if nothing can have been sent. */
  readonly confirmPrice!: number | null
  /** Your own reference, which the client's errors and warnings include; `null` if it is the key. */
  readonly reference!: string | null
  /** The batch that it was requested with. */
  readonly batch!: string | null
  /** How often a worker claimed it to send it. */
  readonly attempts!: number
  /** Why it is in review, or what is unusual about its result. */
  readonly note!: RefundNote | null
  /** What proves its result; `null` before it ended, and if nothing was ever sent. */
  readonly evidence!: Evidence | null
  /** The latest ruling. */
  readonly ruling!: Ruling | null
  /** Who made the latest ruling. */
  readonly ruledBy!: string | null
  /** The note of the latest ruling. */
  readonly rulingNote!: string | null
  /** When it was requested. */
  readonly requestedAt!: Date
  /** When a worker first claimed it to send it. */
  readonly sentAt!: Date | null
  /** When the lease of the latest attempt's worker ends. */
  readonly leaseOverAt!: Date | null
  /** Until when a sent request may still arrive at the gateway. */
  readonly quietOverAt!: Date | null
  /** When a worker should process it; `null` if no worker can do anything. */
  readonly dueAt!: Date | null
  /**
   * Milliseconds, by the database's clock, until a worker can process it again: 0 for now. Pass it to a queue as the delay. `null`
   * if no worker can: it has ended, is in review, waits behind another refund of its payment, or its batch is paused.
   */
  readonly dueInMs!: number | null
  /** When it last changed. */
  readonly updatedAt!: Date
  /** When it ended. */
  readonly endedAt!: Date | null
  /** How the attempt ended; `null` if that is not known yet. */
  readonly outcome!: AttemptOutcome | null
  /** Why it is not done, in one word, like the `kind` of the client's errors. */
  readonly kind!: ErrorKind | null
  /** The text of the attempt's error. */
  readonly message!: string | null
  /** `ResultCode` 결과코드 of the answer. */
  readonly resultCode!: string | null
  /** `ResultMsg` 결과메시지 of the answer. */
  readonly resultMsg!: string | null
  /** The answer's HTTP status, if the attempt ended in an error. */
  readonly httpStatus!: number | null
  /** The signed `timestamp` 타임스탬프, if the attempt ended in an error. */
  readonly signedTimestamp!: string | null
  /** `C_Tid` 취소거래ID of the cancel, if the gateway sent it. */
  readonly cancelTid!: string | null
  /** When the gateway cancelled, by its own clock, if it sent a valid time. */
  readonly cancelledAt!: Date | null
  /** The answer's fields as they came, where they could be read. */
  readonly raw!: RawFields | null
  /** The beginning of an answer that is not a receipt. */
  readonly bodyExcerpt!: string | null
  /** What a person must look for, and the possible rulings; `null` unless it is in review. */
  readonly review!: Review | null

  /**
   * Makes one of its columns' words, such as `{ key, state, pay_type }`; what is left out is `null`. For a merchant's own
   * tests.
   */
  constructor(told: Told) {
    fill(this, { ...told, review: reviewOf(told['review']) })
    Object.freeze(this)
  }

  /** Whether it has ended: it is done, declined or void. */
  get isEnded(): boolean {
    return this.state === 'done' || this.state === 'declined' || this.state === 'void'
  }

  /** Returns all fields as JSON has them. */
  toJSON(): Record<string, unknown> {
    return plain(this)
  }
}

type Inspect = (value: unknown, options: object) => string

function inspectRefund(this: Refund, _depth: number, options: object, inspect: Inspect): string {
  const { key, state, amount, tid, review } = this
  return `Refund ${inspect({ key, state, amount, tid, ...(review && { why: review.en.why }) }, options)}`
}

Object.defineProperty(Refund.prototype, Symbol.for('nodejs.util.inspect.custom'), valued(inspectRefund, 'hidden'))
