// The same module for `import`.

export { SandboxError } from './testing.js'
export type {
  ArmedFault,
  Fault,
  FaultKind,
  FaultMoment,
  FaultOccasion,
  FaultParameters,
} from './testing.js'
export { type Hooks, useSandbox } from './testing.js'
export type {
  BalanceChange,
  ClockChange,
  ClockMode,
  RuleChanges,
  SandboxBalance,
  SandboxBytes,
  SandboxCancel,
  SandboxClock,
  SandboxEvent,
  SandboxEvents,
  SandboxPayment,
  SandboxRequest,
  SandboxRules,
  SandboxTls,
  SignatureExplanation,
  TlsMode,
} from './testing.js'
export { checkStore, type StoreCheckOptions, storeCases } from './testing.js'
export {
  type Approval,
  type RequestFilter,
  Sandbox,
  type SandboxMerchant,
  type SandboxOptions,
  type Seed,
  type WaitOptions,
} from './testing.js'
