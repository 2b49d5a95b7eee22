// A refund as it stands in the store.

import { valued } from '../descriptor.js'
import type { ErrorKind } from '../outcome.js'
import type { RawFields } from '../raw.js'
import { type Review, reviewOf } from './review.js'
import { fill, plain, type Told } from './told.js'
import type { AttemptOutcome, Evidence, RefundNote, RefundState, Ruling } from './words.js'

/**
 * A refund as it stood in the store when it was read.
 *
 * It is frozen. Amounts are won, or cents for USD; times are by the database's clock. What the gateway answered belongs to the
 * latest attempt of which something was heard.
 */
export class Refund {
  /** The caller's own name of the refund. */
  readonly key!: string
  /** `mid` 가맹점ID. */
  readonly mid!: string
  /** `tid` 거래ID: the payment's transaction id. */
  readonly tid!: string
  /** Where it stands. */
  readonly state!: RefundState
  /** `payType` 결제수단 of the payment. */
  readonly payType!: string
  /** `currency` 통화 of the payment. */
  readonly currency!: 'WON' | 'USD'
  /** What is to go back. */
  readonly amount!: number
  /** `tax` 부가세, of a merchant who states it. */
  readonly tax!: number | null
  /** `taxfree` 비과세, of a merchant who states it. */
  readonly taxfree!: number | null
  /** What the payment was approved for. */
  readonly paid!: number
  /** What remains of the payment, as far as is known. */
  readonly remaining!: number
  /** Which operation it is sent as; `null` before it is first sent. */
  readonly operation!: 'cancel' | 'partial_cancel' | null
  /** `confirmPrice` 취소 후 남은 금액: what is to remain; `null` where nothing of it may have been sent. */
  readonly confirmPrice!: number | null
  /** The caller's own reference, which the client's errors and warnings give back; `null` for the key. */
  readonly reference!: string | null
  /** The batch that it was requested with. */
  readonly batch!: string | null
  /** How often a worker took it in order to send it. */
  readonly attempts!: number
  /** Why it is in review, or what is unusual about its end. */
  readonly note!: RefundNote | null
  /** What its end rests on; `null` before its end, and where nothing was ever sent. */
  readonly evidence!: Evidence | null
  /** The latest ruling. */
  readonly ruling!: Ruling | null
  /** Who made the latest ruling. */
  readonly ruledBy!: string | null
  /** What was noted with the latest ruling. */
  readonly rulingNote!: string | null
  /** When it was requested. */
  readonly requestedAt!: Date
  /** When it was first taken in order to be sent. */
  readonly sentAt!: Date | null
  /** Until when the latest attempt's worker has it to itself. */
  readonly leaseOverAt!: Date | null
  /** Until when what was sent may still arrive at the gateway. */
  readonly quietOverAt!: Date | null
  /** When a worker should look at it; `null` where no worker can do anything. */
  readonly dueAt!: Date | null
  /**
   * In how many milliseconds, by the database's clock, a worker can do something more with it: 0 for now. `null` where none can
   * by itself: it has ended, is in review, waits behind another refund of its payment, or its batch is paused. A queue takes it
   * for its delay.
   */
  readonly dueInMs!: number | null
  /** When it last changed. */
  readonly updatedAt!: Date
  /** When it ended. */
  readonly endedAt!: Date | null
  /** How the attempt ended; `null` where nothing was heard yet. */
  readonly outcome!: AttemptOutcome | null
  /** Why it did not end as done, in one word, as the `kind` of the client's errors. */
  readonly kind!: ErrorKind | null
  /** The text of the attempt's error. */
  readonly message!: string | null
  /** `ResultCode` 결과코드 of the answer. */
  readonly resultCode!: string | null
  /** `ResultMsg` 결과메시지 of the answer. */
  readonly resultMsg!: string | null
  /** The answer's HTTP status, where the attempt ended in an error. */
  readonly httpStatus!: number | null
  /** `timestamp` 타임스탬프 that was signed, where the attempt ended in an error. */
  readonly signedTimestamp!: string | null
  /** `C_Tid` 취소거래ID of the cancel, where the gateway gave it. */
  readonly cancelTid!: string | null
  /** When the gateway cancelled, by its own clock, where it gave a real time. */
  readonly cancelledAt!: Date | null
  /** The answer's fields as they came, where they could be read. */
  readonly raw!: RawFields | null
  /** The beginning of an answer that is not a receipt. */
  readonly bodyExcerpt!: string | null
  /** What a person is to look for, and what can be ruled; `null` unless it is in review. */
  readonly review!: Review | null

  /**
   * Makes one of its columns' words, such as `{ key, state, pay_type }`; what is left out is `null`. For a merchant's own
   * tests.
   */
  constructor(told: Told) {
    fill(this, { ...told, review: reviewOf(told['review']) })
    Object.freeze(this)
  }

  /** Whether nothing more is to come: it is done, declined or void. */
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
