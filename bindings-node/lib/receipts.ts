// What a call gives when the gateway did what was asked.

import type { NativeMismatch, NativeReceipt } from './native.js'
import { fieldsOf, type RawFields } from './raw.js'

/** An echo of a success that says something else than was asked, and need not agree. */
export interface Mismatch {
  /** The receipt's field. */
  readonly field: 'tid' | 'price' | 'remainingPrice'
  /** What was asked, as it was posted. */
  readonly asked: string
  /** What was answered, as it came; `null` where the answer had nothing of it. */
  readonly answered: string | null
}

/**
 * The receipt of a full cancel (전체 취소): the whole payment was given back.
 *
 * It is frozen, and equal to another of the same values for `assert.deepStrictEqual` and its like.
 */
export class CancelReceipt {
  /** What is known about the money: always `done`, which an error's `outcome` never is. */
  readonly outcome = 'done'
  /** `ResultCode` 결과코드: always `00`. */
  readonly resultCode: string
  /** `ResultMsg` 결과메시지. */
  readonly resultMsg: string
  /** `Mid` 가맹점ID, as the gateway echoed it, or as it was asked where it did not. */
  readonly mid: string
  /** `Tid` 거래ID: the payment's, as asked. */
  readonly tid: string
  /** `Moid` 주문번호: the merchant's order number, where the gateway gave it. */
  readonly moid: string | null
  /** `Price` 취소 금액: as asked, in won or (for USD) cents. */
  readonly price: number
  /** `CancelDate` 취소일자, YYYYMMDD in KST, where the gateway gave it. */
  readonly cancelDate: string | null
  /** `CancelTime` 취소시각, hhmmss in KST, where the gateway gave it. */
  readonly cancelTime: string | null
  /** Date and time as one instant, where both are there and real. */
  readonly cancelledAt: Date | null
  /** The answer's fields as they came. */
  readonly raw: RawFields
  /** The echoes that do not say what was asked; empty unless the client's `requiredEchoes` leaves one out. */
  readonly mismatches: readonly Mismatch[]

  /** Copies the values and freezes itself; also for a merchant's own tests. */
  constructor(values: Values<CancelReceipt>) {
    this.resultCode = values.resultCode
    this.resultMsg = values.resultMsg
    this.mid = values.mid
    this.tid = values.tid
    this.moid = values.moid
    this.price = values.price
    this.cancelDate = values.cancelDate
    this.cancelTime = values.cancelTime
    this.cancelledAt = values.cancelledAt
    this.raw = values.raw
    this.mismatches = frozen(values.mismatches ?? [])
    Object.freeze(this)
  }

  /** Returns all fields as JSON has them, for an order's history. */
  toJSON(): Record<string, unknown> {
    return { ...(this as object), cancelledAt: this.cancelledAt?.toISOString() ?? null }
  }
}

/**
 * The receipt of a partial cancel (부분 취소): a part of the payment was given back.
 *
 * It is frozen, and equal to another of the same values for `assert.deepStrictEqual` and its like.
 */
export class PartialCancelReceipt {
  /** What is known about the money: always `done`, which an error's `outcome` never is. */
  readonly outcome = 'done'
  /** `ResultCode` 결과코드: always `00`. */
  readonly resultCode: string
  /** `ResultMsg` 결과메시지. */
  readonly resultMsg: string
  /** `Mid` 가맹점ID, as the gateway echoed it, or as it was asked where it did not. */
  readonly mid: string
  /** `Tid` 거래ID: the original payment's, as asked. */
  readonly tid: string
  /** `C_Tid` 취소거래ID: this cancel's own transaction id, opaque and of any length, where the gateway gave it. */
  readonly cancelTid: string | null
  /** `Price` 부분 취소 금액: the part just given back, as asked, in won or (for USD) cents. */
  readonly price: number
  /** `RmainPrice` 취소 후 남은 금액: what remains, as asked, in won or (for USD) cents. */
  readonly remainingPrice: number
  /** `CancelDate` 취소일자, YYYYMMDD in KST, where the gateway gave it. */
  readonly cancelDate: string | null
  /** `CancelTime` 취소시각, hhmmss in KST, where the gateway gave it. */
  readonly cancelTime: string | null
  /** Date and time as one instant, where both are there and real. */
  readonly cancelledAt: Date | null
  /** The answer's fields as they came. */
  readonly raw: RawFields
  /** The echoes that do not say what was asked; empty unless the client's `requiredEchoes` leaves one out. */
  readonly mismatches: readonly Mismatch[]

  /** Copies the values and freezes itself; also for a merchant's own tests. */
  constructor(values: Values<PartialCancelReceipt>) {
    this.resultCode = values.resultCode
    this.resultMsg = values.resultMsg
    this.mid = values.mid
    this.tid = values.tid
    this.cancelTid = values.cancelTid
    this.price = values.price
    this.remainingPrice = values.remainingPrice
    this.cancelDate = values.cancelDate
    this.cancelTime = values.cancelTime
    this.cancelledAt = values.cancelledAt
    this.raw = values.raw
    this.mismatches = frozen(values.mismatches ?? [])
    Object.freeze(this)
  }

  /** Returns all fields as JSON has them, for an order's history. */
  toJSON(): Record<string, unknown> {
    return { ...(this as object), cancelledAt: this.cancelledAt?.toISOString() ?? null }
  }
}

/** Makes the receipt of a full cancel. */
export function cancelReceipt(receipt: NativeReceipt): CancelReceipt {
  return new CancelReceipt({
    resultCode: receipt[0],
    resultMsg: receipt[1],
    mid: receipt[2],
    tid: receipt[3],
    moid: receipt[4],
    price: receipt[6],
    cancelDate: receipt[8],
    cancelTime: receipt[9],
    cancelledAt: instant(receipt[10]),
    mismatches: receipt[11],
    raw: fieldsOf(receipt[12]),
  })
}

/** Makes the receipt of a partial cancel. */
export function partialCancelReceipt(receipt: NativeReceipt): PartialCancelReceipt {
  return new PartialCancelReceipt({
    resultCode: receipt[0],
    resultMsg: receipt[1],
    mid: receipt[2],
    tid: receipt[3],
    cancelTid: receipt[5],
    price: receipt[6],
    remainingPrice: receipt[7] ?? 0,
    cancelDate: receipt[8],
    cancelTime: receipt[9],
    cancelledAt: instant(receipt[10]),
    mismatches: receipt[11],
    raw: fieldsOf(receipt[12]),
  })
}

/** What a receipt is made of; a merchant's own tests need not say that nothing differs. */
type Values<T extends { mismatches: unknown }> = Omit<T, 'outcome' | 'toJSON' | 'mismatches'> & Partial<Pick<T, 'mismatches'>>

/** What all receipts share whose echoes agree. */
const NONE: readonly Mismatch[] = Object.freeze([])

function frozen(mismatches: readonly NativeMismatch[]): readonly Mismatch[] {
  if (mismatches.length === 0) return NONE
  return Object.freeze(mismatches.map(({ field, asked, answered }) => Object.freeze({ field, asked, answered })))
}

function instant(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds)
}
