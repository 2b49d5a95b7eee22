// One attempt of a call.

import type { ErrorKind, Operation } from './outcome.js'

/**
 * One attempt of a call, as it ended: it reached an answer, or it failed.
 *
 * At most one attempt of a call sends its request. Another follows only if this one provably sent nothing.
 */
export interface Attempt {
  /** The operation that it is an attempt of. */
  readonly operation: Operation
  /** `tid` 거래ID: the payment's. */
  readonly tid: string
  /** The `reference` that the call was given. */
  readonly reference: string | null
  /** Its number within the call, from 1. */
  readonly number: number
  /** When it began, by this machine's clock. */
  readonly beganAt: Date
  /** Milliseconds until the answer was read or it failed. */
  readonly durationMs: number
  /** Why it reached no answer; `null` where it did. */
  readonly kind: ErrorKind | null
  /** The answer's HTTP status, where it reached one. */
  readonly httpStatus: number | null
  /** Milliseconds before another attempt; `null` where this one was the last. */
  readonly pauseMs: number | null
}
