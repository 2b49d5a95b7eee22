// The words that say what became of a call, the same in every language.

/**
 * What is known about the money after a call that gave no receipt.
 *
 * - `not_sent`: no byte of the request left this machine; nothing was cancelled.
 * - `declined`: the gateway answered, and declined; nothing was cancelled.
 * - `unknown`: the money may have moved; sending the request again may refund twice.
 */
export type Outcome = 'not_sent' | 'declined' | 'unknown'

/** Why a call gave no receipt, in one word. */
export type ErrorKind =
  | 'configuration'
  | 'invalid_request'
  | 'dns'
  | 'connect'
  | 'tls'
  | 'proxy'
  | 'timeout'
  | 'connection_lost'
  | 'http_status'
  | 'redirect'
  | 'malformed'
  | 'mismatch'
  | 'undocumented_code'
  | 'declined'
  | 'closed'
  | 'aborted'
  | 'pending'
  | 'internal'

/** The name of an operation, the same in every language. */
export type Operation = 'cancel' | 'partial_cancel' | 'warm_up'

/** One field that was refused. */
export interface FieldError {
  /** The field's name, as it is written in JavaScript. */
  field: string
  /** What is wrong with it and what to pass instead; it never repeats the value. */
  message: string
}
