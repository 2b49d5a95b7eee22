// What a merchant asks for: the arguments of a refund.

import { read, type Reading } from '../arguments.js'
import type { FieldError } from '../outcome.js'
import type { Amount, Currency, PayType } from '../requests.js'

/** The arguments of a refund. */
export interface RefundRequest {
  /** Your own permanent name of the refund, at most 100 characters, such as the number of its row; the same at every retry. */
  key: string
  /** `tid` 거래ID: the approval's transaction id; at most 40 characters. */
  tid: string
  /** The amount to refund, above zero: whole won, or cents for USD. */
  amount: Amount
  /** The approved amount of the payment. */
  paid: Amount
  /** `payType` 결제수단, as the payment was approved. */
  payType: PayType
  /** The amount that remains, if parts were refunded before the payment's first request here; `paid` by default. Later requests
   * of the payment ignore it. */
  remaining?: Amount | null | undefined
  /** `currency` 통화; `WON` by default. */
  currency?: Currency | null | undefined
  /** `tax` 부가세, at most 10 digits: for merchants set up as '부가세 업체정함' only. */
  tax?: Amount | null | undefined
  /** `taxfree` 비과세, at most 10 digits: for the same merchants only. */
  taxfree?: Amount | null | undefined
  /** Your own text, at most 200 characters, never sent; the client's errors and warnings include it. The key by default. */
  reference?: string | null | undefined
  /** The batch that the refund belongs to, at most 100 characters. */
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
