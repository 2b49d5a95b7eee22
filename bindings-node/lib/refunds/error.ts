// Why something was not done that was asked of refunds; nothing was sent by it.

import { valued } from '../descriptor.js'
import { InvalidRequestError } from '../errors.js'
import { parse } from '../json.js'
import type { FieldError } from '../outcome.js'

/**
 * Why something was not done, in one word.
 *
 * - `not_found`: this merchant has no refund of that key.
 * - `in_transaction`: it was called within a transaction; call it after the commit.
 * - `schema`: the tables are missing, or older than this library.
 * - `ruling`: the ruling is too early, or contradicts what is known.
 * - `busy`: other workers changed the payment all the time; try again later.
 * - `store`: the store gave what nobody has written.
 */
export type RefundsErrorKind = 'not_found' | 'in_transaction' | 'schema' | 'ruling' | 'busy' | 'store'

/** What a {@link RefundsError} is made from, also for a merchant's own tests. */
export interface RefundsErrorDetails {
  /** What happened and what to do instead, for people. */
  message: string
  /** Why, in one word. */
  kind: RefundsErrorKind
  /** When a ruling that is too early may be made; `null` by default. */
  until?: Date | null | undefined
  /** `mid` 가맹점ID; `null` by default. */
  mid?: string | null | undefined
}

/**
 * Something was not done, and nothing was sent by it. The message says what to do instead.
 *
 * What the gateway did with a refund is never thrown: the {@link Refund} itself says it.
 */
export class RefundsError extends Error {
  /** `PAYWELCOME_REFUNDS`. */
  readonly code: string
  /** Why, in one word. */
  readonly kind: RefundsErrorKind
  /** Of a ruling that is too early: when it may be made. */
  readonly until: Date | null
  /** `mid` 가맹점ID of the merchant whose refunds these are. */
  readonly mid: string | null

  constructor(details: RefundsErrorDetails) {
    super(details.message)
    this.code = 'PAYWELCOME_REFUNDS'
    this.kind = details.kind
    this.until = details.until ?? null
    this.mid = details.mid ?? null
  }
}
Object.defineProperty(RefundsError.prototype, 'name', valued('RefundsError', 'hidden'))

/** What the native half refuses; times are milliseconds since 1970. */
export interface Refusal {
  kind: RefundsErrorKind | 'invalid_request'
  message: string
  errors: FieldError[]
  until: number | null
  mid: string
}

/** More fields than a line is of use with; the error's `errors` holds them all. */
const MOST_NAMED = 20

/** Makes the error of a refusal, or of the JSON text of one. */
export function refusalError(refused: Refusal | string): Error {
  const { kind, message, errors, until, mid } = typeof refused === 'string' ? (parse(refused) as Refusal) : refused
  if (kind === 'invalid_request') return invalid(message, errors, mid)
  return new RefundsError({ kind, message, until: until === null ? null : new Date(until), mid })
}

/** Makes the error of arguments that are wrong: each is named. */
export function invalid(message: string, errors: readonly FieldError[], mid: string | null): InvalidRequestError {
  const named = errors.slice(0, MOST_NAMED).map(({ field, message: wrong }) => `${field}: ${wrong}`)
  if (errors.length > MOST_NAMED) named.push(`and ${errors.length - MOST_NAMED} more`)
  return new InvalidRequestError({ message: [message, named.join('; ')].filter(Boolean).join(': '), errors, mid })
}
