// What a merchant asks for: the arguments of a refund.

import { read, type Reading } from '../arguments.js'
import type { FieldError } from '../outcome.js'
import type { Amount, Currency, PayType } from '../requests.js'

/** A refund that is asked for. */
export interface RefundRequest {
  /** The refund's name, of at most 100 characters, which stays the same whenever it is asked for again: your row's own number. */
  key: string
  /** `tid` 거래ID: the approval's transaction id; at most 40 characters. */
  tid: string
  /** What is to go back, above zero: whole won, or cents for USD. */
  amount: Amount
  /** What the payment was approved for. */
  paid: Amount
  /** `payType` 결제수단, as the payment was approved. */
  payType: PayType
  /** What is left of the payment, where parts went back before its first request here; by default all of it. Read for the
   * first request of a payment only. */
  remaining?: Amount | null | undefined
  /** `currency` 통화; `WON` by default. */
  currency?: Currency | null | undefined
  /** `tax` 부가세, at most 10 digits: for merchants set up as '부가세 업체정함' only. */
  tax?: Amount | null | undefined
  /** `taxfree` 비과세, at most 10 digits: for the same merchants only. */
  taxfree?: Amount | null | undefined
  /** A text of your own, of at most 200 characters, which the client's errors and warnings give back; by default the key. */
  reference?: string | null | undefined
  /** The name of a batch, of at most 100 characters, that `due` and `run` can be kept to. */
  batch?: string | null | undefined
}

/** The names of a refund's arguments, in the order in which the native half reads them. */
export const ASKED = [
  'key',
  'tid',
  'payType',
  'amount',
  'paid',
  'remaining',
  'currency',
  'tax',
  'taxfree',
  'reference',
  'batch',
] as const satisfies readonly (keyof RefundRequest)[]

/** What was read of a refund that is asked for. */
export type AskedRow = Reading

/** Reads rows; what is wrong is named by the row's place. */
export function readRows(rows: unknown, batch: unknown): { read: AskedRow[]; findings: FieldError[] } {
  if (!Array.isArray(rows)) return { read: [], findings: [{ field: 'rows', message: 'are not an array; pass an array of objects' }] }
  const findings: FieldError[] = []
  const all = rows.map((row: unknown, at): AskedRow => {
    const one = read(row ?? null, `rows[${at}]`, ASKED)
    for (const { field, message } of one.findings) {
      findings.push({ field: field.startsWith('rows[') ? field : `rows[${at}].${field}`, message })
    }
    one.values['batch'] ??= batch
    return one
  })
  return { read: all, findings }
}
