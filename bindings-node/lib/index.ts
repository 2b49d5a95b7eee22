// The package `paywelcome`. This is no product of Welcome Payments.

export { Client } from './client.js'
export type { CloseOptions, OpenCall } from './closing.js'
export { cancel, partialCancel, partialCancel as partial_cancel } from './default.js'
export {
  ConfigurationError,
  DeclinedError,
  type ErrorDetails,
  type ErrorKind,
  type FieldError,
  InvalidRequestError,
  NotSentError,
  type Operation,
  type Outcome,
  OutcomeUnknownError,
  PaywelcomeError,
} from './errors.js'
export type { Attempt, CallMessage } from './observing.js'
export type { RawFields } from './raw.js'
export { CancelReceipt, PartialCancelReceipt } from './receipts.js'
export type { Amount, CallOptions, CancelRequest, Currency, PartialCancelRequest, PayType } from './requests.js'
export type { ClientOptions } from './settings.js'
export type { Settled } from './settled.js'
