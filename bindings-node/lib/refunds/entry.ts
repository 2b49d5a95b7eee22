// What was recorded of a refund over time.

import type { ErrorKind } from '../outcome.js'
import type { RawFields } from '../raw.js'
import { fill, plain, type Told } from './told.js'
import type { AttemptOutcome, RefundNote, RefundState, Ruling } from './words.js'

/** One entry of a refund's journal, to which entries are only ever added. It is frozen. */
export class JournalEntry {
  /** Its number; later entries of the same refund have higher ones. */
  readonly entry!: number
  /**
   * What happened.
   *
   * - `sent`: a worker took the refund; from now on it counts as sent.
   * - `answer`: an attempt ended.
   * - `review`: no answer had come when a worker looked again.
   * - `ruling`: a person decided.
   * - `restored`, `doubted`: the store was restored, and the refund goes to review, now or when its turn comes.
   * - `statement`: a statement shows the cancel; or one of the payment that belongs to no refund, as `message` says.
   */
  readonly what!: 'sent' | 'answer' | 'review' | 'ruling' | 'restored' | 'doubted' | 'statement'
  /** The attempt's name: of a send, and of the end of that attempt. `'0'` for the other entries. */
  readonly token!: string
  /** Where the refund stood afterwards. */
  readonly state!: RefundState
  /** Why it stood there. */
  readonly note!: RefundNote | null
  /** Which operation it is sent as. */
  readonly operation!: 'cancel' | 'partial_cancel' | null
  /** What is to go back, in won or cents. */
  readonly amount!: number
  /** `confirmPrice` 취소 후 남은 금액. */
  readonly confirmPrice!: number | null
  /** What a person decided. */
  readonly ruling!: Ruling | null
  /** Who that was. */
  readonly ruledBy!: string | null
  /** What they noted. */
  readonly rulingNote!: string | null
  /** What remained of the payment, as the person saw it. */
  readonly remaining!: number | null
  /** When, by the database's clock. */
  readonly at!: Date
  /** How the attempt ended. */
  readonly outcome!: AttemptOutcome | null
  /** Why, in one word, as the `kind` of the client's errors. */
  readonly kind!: ErrorKind | null
  /** The text of the attempt's error. */
  readonly message!: string | null
  /** `ResultCode` 결과코드. */
  readonly resultCode!: string | null
  /** `ResultMsg` 결과메시지. */
  readonly resultMsg!: string | null
  /** The answer's HTTP status, where the attempt ended in an error. */
  readonly httpStatus!: number | null
  /** `timestamp` 타임스탬프 that was signed, where the attempt ended in an error. */
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
