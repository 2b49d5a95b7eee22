// The package `paywelcome`. This is an unofficial library, not affiliated with or endorsed by Welcome Payments.

export type { Attempt } from './attempt.js'
export { Client } from './client.js'
export type { CloseOptions, OpenCall } from './closing.js'
export { cancel, partialCancel, partialCancel as partial_cancel } from './default.js'
export {
  ConfigurationError,
  DeclinedError,
  type ErrorDetails,
  InvalidRequestError,
  NotSentError,
  OutcomeUnknownError,
  PaywelcomeError,
} from './errors.js'
export type { CallMessage } from './message.js'
export type { ErrorKind, FieldError, Operation, Outcome } from './outcome.js'
export type { RawFields } from './raw.js'
export { CancelReceipt, type Mismatch, PartialCancelReceipt } from './receipts.js'
export type { Amount, CallOptions, CancelRequest, Currency, PartialCancelRequest, PayType } from './requests.js'
export type { ClientOptions } from './settings.js'
export type { Settled, SettledDone, SettledNotDone } from './settled.js'
