// The same package for `import`: the classes are those that `require` gives.

export {
  CancelReceipt,
  Client,
  ConfigurationError,
  DeclinedError,
  InvalidRequestError,
  NotSentError,
  OutcomeUnknownError,
  PartialCancelReceipt,
  PaywelcomeError,
  cancel,
  partialCancel,
  partial_cancel,
} from './index.js'
export type {
  Amount,
  CallOptions,
  CancelRequest,
  ClientOptions,
  CloseOptions,
  Currency,
  ErrorDetails,
  ErrorKind,
  FieldError,
  OpenCall,
  Operation,
  Outcome,
  PartialCancelRequest,
  PayType,
  RawFields,
  Settled,
} from './index.js'
