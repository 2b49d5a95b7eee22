// What the diagnostics channel tells of a call.

import type { ErrorKind, Operation, Outcome } from './outcome.js'

/** What `tracingChannel('paywelcome:call')` publishes of a call: one object, which is filled as the call continues. */
export interface CallMessage {
  /** The operation. */
  operation: Operation
  /** `tid` 거래ID: the payment's; `null` where it is not a text that could be one. */
  tid: string | null
  /** The `reference` that the call was given. */
  reference: string | null
  /** What became of the money, as far as the caller is told; at the end. */
  outcome?: 'done' | Outcome
  /** Why there is no receipt; at the end. */
  kind?: ErrorKind | null
  /** How often a connection was tried; at the end, unless the call continues after its wait was given up. */
  attempts?: number
  /** The answer's HTTP status, where one came; at the end. */
  httpStatus?: number | null
  /** How long the caller waited; at the end. */
  durationMs?: number
  /** The receipt. */
  result?: unknown
  /** What the caller's promise is rejected with. */
  error?: unknown
}
