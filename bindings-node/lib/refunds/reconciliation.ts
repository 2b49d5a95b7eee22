// What a statement says, beside what is recorded.

import { read } from '../arguments.js'
import { stringify } from '../json.js'
import type { Values } from '../native.js'
import type { FieldError } from '../outcome.js'
import type { Amount } from '../requests.js'
import { Refund } from './refund.js'
import { moved } from './telling.js'
import type { Told } from './told.js'
import type { RefundState } from './words.js'

/** One cancel, as the settlement (정산내역) or the merchant admin's (상점관리자) export lists it. */
export interface StatementRow {
  /** `tid` 거래ID: the approval's transaction id. */
  tid: string
  /** The cancelled amount (취소금액): whole won, or cents for USD. */
  amount: Amount
  /**
   * When it was cancelled (취소일시): a Date, or a text in Korean time such as `2026.03.01 14:05`, or `2026-03-01` if only the day
   * is known.
   */
  cancelledAt: Date | string
  /** The amount that remained afterwards (취소 후 남은 금액). Without it, equal amounts can't be told apart. */
  remaining?: Amount | null | undefined
  /** `C_Tid` 취소거래ID: the cancel's own transaction id. */
  cancelTid?: string | null | undefined
}

/** The period of which a file lists every cancel. Refunds that it should show but does not are `missing`. */
export interface ReconcileOptions {
  /** The start: a Date, or a text in Korean time such as `2026-03-01`. */
  since?: Date | string | null | undefined
  /** The end. A day counts to its end. */
  until?: Date | string | null | undefined
}

/** Where a settlement file and the ledger agree or differ. */
export interface Finding {
  /** The index of the row, from 0; `null` for a refund that no row shows. */
  readonly row: number | null
  /** `tid` 거래ID of the payment. */
  readonly tid: string
  /** The cancel's amount; won, or cents for USD. */
  readonly amount: number
  /** The amount that remained afterwards, if it is known. */
  readonly remaining: number | null
  /** `C_Tid` 취소거래ID, if it is known. */
  readonly cancelTid: string | null
  /** When it was cancelled according to the file; the start of the day if only the day is known. */
  readonly cancelledAt: Date | null
  /** The keys of the refunds that it is or may be; empty if the ledger knows none. */
  readonly keys: readonly string[]
  /** The earlier state of the first of these. */
  readonly state: RefundState | null
  /** What it means and what to do. */
  readonly why: { readonly en: string; readonly ko: string }
}

/** The result of `reconcile`. Nothing is guessed: a row with more than one explanation is `ambiguous`. */
export interface Reconciliation {
  /** The number of rows that agree with the ledger. */
  readonly agreed: number
  /** The number of rows about a refund that a worker is sending at this moment. */
  readonly underWay: number
  /** Refunds that were open and are done now, because the file shows them. */
  readonly closed: readonly Finding[]
  /** Refunds recorded as not cancelled, or with another amount: a person must check. */
  readonly contradicted: readonly Finding[]
  /**
   * Cancels that belong to no refund of the ledger, such as those made by hand in the merchant admin. The payment's next refund
   * waits for a person, who passes the remaining amount.
   */
  readonly unknown: readonly Finding[]
  /** Rows that may belong to several refunds: a person must check. */
  readonly ambiguous: readonly Finding[]
  /** Refunds that a complete file of that period should show, but does not. They were not changed. */
  readonly missing: readonly Finding[]
}

const NAMES = ['tid', 'amount', 'remaining', 'cancelTid', 'cancelledAt'] as const satisfies readonly (keyof StatementRow)[]
const WRITTEN = { tid: 'tid', amount: 'amount', remaining: 'remaining', cancelTid: 'cancel_tid', cancelledAt: 'cancelled_at' }

/** Reads a statement; what is wrong is named by the row's place. */
export function statementOf(rows: unknown, options: unknown): { values: Values; findings: FieldError[] } {
  const { values, findings } = read(options, 'options', ['since', 'until'])
  if (!Array.isArray(rows)) findings.push({ field: 'rows', message: 'are not an array; pass an array of objects' })
  const all = (Array.isArray(rows) ? rows : []).map((row: unknown, at) => {
    const one = read(row ?? null, `rows[${at}]`, NAMES)
    for (const { field, message } of one.findings) {
      findings.push({ field: field.startsWith('rows[') ? field : `rows[${at}].${field}`, message })
    }
    return Object.fromEntries(NAMES.map((name) => [WRITTEN[name], plain(one.values[name], `rows[${at}].${name}`, findings)]))
  })
  const times = ['since', 'until'].map((name) => [name, plain(values[name], name, findings)])
  return { values: { rows: stringify(all), ...(Object.fromEntries(times) as Values) }, findings }
}

function plain(value: unknown, field: string, findings: FieldError[]): unknown {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.getTime()
  if (typeof value === 'bigint') return value.toString()
  if (value === undefined || value === null || typeof value === 'string') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  findings.push({ field, message: `is ${value instanceof Date ? 'not a valid Date' : 'neither a text nor a whole number'}; pass one` })
  return undefined
}

interface ToldFinding {
  row: number | null
  tid: string
  amount: number
  remaining: number | null
  cancel_tid: string | null
  cancelled_at: number | null
  keys: string[]
  state: RefundState | null
  why: { en: string; ko: string }
}

const LISTS = ['closed', 'contradicted', 'unknown', 'ambiguous', 'missing'] as const

/** What the native half tells. */
export type ToldReconciliation = { agreed: number; under_way: number; moved: Told[] } & Record<(typeof LISTS)[number], ToldFinding[]>

/** Makes what is given back, and tells what moved on. */
export function reconciliationOf(told: ToldReconciliation): Reconciliation {
  for (const each of told.moved) moved(new Refund(each), each)
  const [closed = [], contradicted = [], unknown = [], ambiguous = [], missing = []] = LISTS.map((name) =>
    Object.freeze(told[name].map(finding)),
  )
  return Object.freeze({ agreed: told.agreed, underWay: told.under_way, closed, contradicted, unknown, ambiguous, missing })
}

function finding({ cancel_tid: cancelTid, cancelled_at: at, keys, why, ...rest }: ToldFinding): Finding {
  const cancelledAt = at === null ? null : new Date(at)
  return Object.freeze({ ...rest, cancelTid, cancelledAt, keys: Object.freeze(keys), why: Object.freeze(why) })
}
