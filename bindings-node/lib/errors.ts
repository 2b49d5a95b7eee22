// What is thrown: five classes, each of which says what may have happened to the money.

import { valued } from './descriptor.js'
import type { NativeFailure } from './native.js'
import type { ErrorKind, FieldError, Operation, Outcome } from './outcome.js'
import { fieldsOf, type RawFields } from './raw.js'

/** What an error is made from; only its message is needed, so that a merchant's own tests can make some. */
export interface ErrorDetails {
  /** What happened, for people. */
  message: string
  /** Why, in one word; each class has a default. */
  kind?: ErrorKind | undefined
  /** Every field that was refused; none by default. */
  errors?: readonly FieldError[] | undefined
  /** The operation; `null` by default. */
  operation?: Operation | null | undefined
  /** `tid` 거래ID; `null` by default. */
  tid?: string | null | undefined
  /** The `reference` that the call was given; `null` by default. */
  reference?: string | null | undefined
  /** `timestamp` 타임스탬프; `null` by default. */
  timestamp?: string | null | undefined
  /** How often a connection was tried; 0 by default. */
  attempts?: number | undefined
  /** The gateway's host; `null` by default. */
  host?: string | null | undefined
  /** `mid` 가맹점ID; `null` by default. */
  mid?: string | null | undefined
  /** The answer's HTTP status; `null` by default. */
  httpStatus?: number | null | undefined
  /** The answer's `Content-Type`; `null` by default. */
  contentType?: string | null | undefined
  /** The beginning of the answer's body; `null` by default. */
  bodyExcerpt?: string | null | undefined
  /** `ResultCode` 결과코드; `null` by default. */
  resultCode?: string | null | undefined
  /** `ResultMsg` 결과메시지; `null` by default. */
  resultMsg?: string | null | undefined
  /** The answer's fields as they came; `null` by default. */
  raw?: RawFields | null | undefined
  /** What it came from, if anything. */
  cause?: unknown
}

/**
 * A call that gave no receipt, or a client that could not be made.
 *
 * Read {@link PaywelcomeError.outcome} first. No error, in no form, holds the sign key, the mkey or a signature.
 *
 * Its stack names the functions that `await` the call. Where a `signal` was given or the call is observed, and where
 * nothing was started, it is the stack of the call itself.
 */
export abstract class PaywelcomeError extends Error {
  /** `PAYWELCOME_CONFIGURATION`, `PAYWELCOME_INVALID_REQUEST`, `PAYWELCOME_NOT_SENT`, `PAYWELCOME_DECLINED` or
   * `PAYWELCOME_OUTCOME_UNKNOWN`. */
  readonly code: string
  /** What is known about the money. */
  readonly outcome: Outcome
  /** Why, in one word. */
  readonly kind: ErrorKind
  /** Whether sending the request again cannot refund twice: true for `not_sent` only. */
  readonly safeToResend: boolean
  /** The operation; `null` where a client could not be made. */
  readonly operation: Operation | null
  /** `tid` 거래ID, as it was asked; `null` where it was wrong itself. */
  readonly tid: string | null
  /** The `reference` that the call was given; it was never sent. */
  readonly reference: string | null
  /** `timestamp` 타임스탬프, as the last attempt signed it; `null` where nothing was signed. */
  readonly timestamp: string | null
  /** How often a connection was tried; at most one of them sent the request. */
  readonly attempts: number
  /** The gateway's host that the call was for, with its port where that is not the scheme's own; `null` where the client's
   * settings do not say it. */
  readonly host: string | null
  /** `mid` 가맹점ID of the merchant that the call was for; `null` where that setting is wrong. */
  readonly mid: string | null
  /** The answer's HTTP status, where an answer came. */
  readonly httpStatus: number | null
  /** The answer's `Content-Type`, where an answer came and had one. */
  readonly contentType: string | null
  /** The beginning of the answer's body on one line, at most 500 characters, where an answer came, also one that can't be
   * read or was cut off: of an HTML page its words; empty where the body is. */
  readonly bodyExcerpt: string | null
  /** `ResultCode` 결과코드, where one was read. */
  readonly resultCode: string | null
  /** `ResultMsg` 결과메시지, where one was read. */
  readonly resultMsg: string | null
  /** Every field that was refused; empty unless an argument or a setting was wrong. */
  readonly errors: readonly FieldError[]
  /** The same as {@link PaywelcomeError.raw}, under a name that loggers leave alone: pino's own `raw` is the error itself. */
  readonly answer: RawFields | null

  protected constructor(code: string, outcome: Outcome, kind: ErrorKind, details: ErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.outcome = outcome
    this.kind = details.kind ?? kind
    this.safeToResend = outcome === 'not_sent'
    this.operation = details.operation ?? null
    this.tid = details.tid ?? null
    this.reference = details.reference ?? null
    this.timestamp = details.timestamp ?? null
    this.attempts = details.attempts ?? 0
    this.host = details.host ?? null
    this.mid = details.mid ?? null
    this.httpStatus = details.httpStatus ?? null
    this.contentType = details.contentType ?? null
    this.bodyExcerpt = details.bodyExcerpt ?? null
    this.resultCode = details.resultCode ?? null
    this.resultMsg = details.resultMsg ?? null
    this.errors = details.errors ?? []
    this.answer = details.raw ?? null
  }

  /** The answer's fields as they came, where they could be read. */
  get raw(): RawFields | null {
    return this.answer
  }

  /**
   * Returns everything but the stack, for logs, an order's history, and what is sent to another thread or process: a
   * structured clone of the error itself has neither class nor `outcome`.
   */
  toJSON(): Record<string, unknown> {
    const { name, message, raw } = this
    const { answer: _, ...known } = this as unknown as Record<string, unknown>
    return { name, message, ...known, raw }
  }
}

/** A setting of the client is wrong: credentials, environment, base URL, CA file, proxy. Nothing was sent. */
export class ConfigurationError extends PaywelcomeError {
  declare readonly outcome: 'not_sent'

  constructor(details: ErrorDetails) {
    super('PAYWELCOME_CONFIGURATION', 'not_sent', 'configuration', details)
  }
}

/** An argument is wrong; `errors` lists every bad field. Nothing was sent. */
export class InvalidRequestError extends PaywelcomeError {
  declare readonly outcome: 'not_sent'

  constructor(details: ErrorDetails) {
    super('PAYWELCOME_INVALID_REQUEST', 'not_sent', 'invalid_request', details)
  }
}

/** Provably no byte of the request left this machine: it may be sent again. */
export class NotSentError extends PaywelcomeError {
  declare readonly outcome: 'not_sent'

  constructor(details: ErrorDetails) {
    super('PAYWELCOME_NOT_SENT', 'not_sent', 'connect', details)
  }
}

/** The gateway declined: `resultCode` and `resultMsg` say why. Nothing was cancelled. */
export class DeclinedError extends PaywelcomeError {
  declare readonly outcome: 'declined'
  /** `ResultCode` 결과코드: the gateway's code, never `00` or another of zeros. */
  declare readonly resultCode: string

  constructor(details: ErrorDetails) {
    super('PAYWELCOME_DECLINED', 'declined', 'declined', { ...details, resultCode: details.resultCode ?? '' })
  }
}

/** The money may have moved: find out before you send anything again. */
export class OutcomeUnknownError extends PaywelcomeError {
  declare readonly outcome: 'unknown'

  constructor(details: ErrorDetails) {
    super('PAYWELCOME_OUTCOME_UNKNOWN', 'unknown', 'connection_lost', details)
  }
}

const refusals = { ConfigurationError, InvalidRequestError, NotSentError }
const classes = { PaywelcomeError, ...refusals, DeclinedError, OutcomeUnknownError }
for (const [name, { prototype }] of Object.entries(classes)) {
  // On the prototype, as for the language's own errors, and proof against minifiers.
  Object.defineProperty(prototype, 'name', valued(name, 'hidden'))
}

/** Where a call was made, for an error that is made when that is forgotten. */
export interface Trace {
  stack?: string
}

/** Remembers the stack above `caller`. */
export function traceAbove(caller: Function): Trace {
  const trace: Trace = {}
  capture(trace, caller)
  return trace
}

/** Records the stack above `caller`, unless the program has made that fail. */
function capture(into: Trace, caller: Function): void {
  try {
    Error.captureStackTrace(into, caller)
  } catch {
    // An error without a stack still says what became of the call.
  }
}

/** Makes the error of a failure, with the stack of the call that it belongs to, or else what is above `caller` now. */
export function errorOf(failure: NativeFailure, above: Trace | Function): PaywelcomeError {
  const { raw } = failure
  const error = new (classOf(failure))({ ...failure, raw: raw === null ? null : fieldsOf(raw), cause: undefined })
  if (typeof above === 'function') {
    capture(error, above)
    return error
  }
  const frames = framesOf(above)
  if (frames !== undefined) error.stack = `${error.name}: ${error.message}${frames}`
  return error
}

/** The frames of a trace, if it has any. */
function framesOf(trace: Trace): string | undefined {
  let stack: unknown
  try {
    ;({ stack } = trace)
  } catch {
    // The program has a way of its own to write stacks, and that failed.
  }
  const frames = typeof stack === 'string' ? stack.indexOf('\n') : -1
  return frames >= 0 ? (stack as string).slice(frames) : undefined
}

function classOf({ kind, outcome }: NativeFailure): new (details: ErrorDetails) => PaywelcomeError {
  if (kind === 'configuration') return ConfigurationError
  if (kind === 'invalid_request') return InvalidRequestError
  switch (outcome) {
    case 'not_sent':
      return NotSentError
    case 'declined':
      return DeclinedError
    case 'unknown':
      return OutcomeUnknownError
  }
}
