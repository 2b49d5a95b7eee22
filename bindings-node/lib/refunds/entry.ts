// What was recorded of a refund over time.

import type { ErrorKind } from '../outcome.js'
import type { RawFields } from '../raw.js'
import { fill, plain, type Told } from './told.js'
import type { AttemptOutcome, RefundNote, RefundState, Ruling } from './words.js'

/** One entry of a refund's journal. Entries are only added, never changed. It is frozen. */
export class JournalEntry {
  /** Its number; later entries of the same refund have higher ones. */
  readonly entry!: number
  /**
   * What happened.
   *
   * - `sent`: a worker claimed the refund; from now on it counts as sent.
   * - `answer`: an attempt ended.
   * - `review`: no answer had come when another worker took over.
   * - `ruling`: a person decided.
   * - `restored`, `doubted`: the store was restored, and the refund goes to review, now or when its turn comes.
   * - `statement`: a statement shows the cancel; or one of the payment that belongs to no refund, as `message` says.
   */
  readonly what!: 'sent' | 'answer' | 'review' | 'ruling' | 'restored' | 'doubted' | 'statement'
  /** The attempt's id, in the entries `sent` and `answer`. `'0'` in other entries. */
  readonly token!: string
  /** The refund's state afterwards. */
  readonly state!: RefundState
  /** Why it has that state. */
  readonly note!: RefundNote | null
  /** The operation that it is sent as. */
  readonly operation!: 'cancel' | 'partial_cancel' | null
  /** The amount to refund, in won or cents. */
  readonly amount!: number
  /** `confirmPrice` 취소 후 남은 금액. */
  readonly confirmPrice!: number | null
  /** What a person decided. */
  readonly ruling!: Ruling | null
  /** Who decided. */
  readonly ruledBy!: string | null
  /** The note of the ruling. */
  readonly rulingNote!: string | null
  /** The remaining amount that the person saw. */
  readonly remaining!: number | null
  /** When, by the database's clock. */
  readonly at!: Date
  /** How the attempt ended. */
  readonly outcome!: AttemptOutcome | null
  /** Why, in one word, like the `kind` of the client's errors. */
  readonly kind!: ErrorKind | null
  /** The text of the attempt's error. */
  readonly message!: string | null
  /** `ResultCode` 결과코드. */
  readonly resultCode!: string | null
  /** `ResultMsg` 결과메시지. */
  readonly resultMsg!: string | null
  /** The answer's HTTP status, if the attempt ended in an error. */
  readonly httpStatus!: number | null
  /** The signed `timestamp` 타임스탬프, if the attempt ended in an error. */
  readonly signedTimestamp!: string | null
  /** `C_Tid` 취소거래ID. */
  readonly cancelTid!: string | null
  /** When the gateway cancelled, by its own clock. */
  readonly cancelledAt!: Date | null
  /** The answer's fields as they came, where they could be read. */
  readonly raw!: RawFields | null
  /** The beginning of an answer that is not a receipt. */
  readonly bodyExcerpt!: string | null

  /** Makes one of its columns' words; what is left out is `null`. For a merchant's own tests. */
  constructor(told: Told) {
    fill(this, told)
    Object.freeze(this)
  }

  /** Returns all fields as JSON has them. */
  toJSON(): Record<string, unknown> {
    return plain(this)
  }
}
