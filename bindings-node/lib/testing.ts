// `paywelcome/testing`: a stand-in for the gateway, for merchants' own tests.

export { SandboxError } from './commands.js'
export type {
  ArmedFault,
  Fault,
  FaultKind,
  FaultMoment,
  FaultOccasion,
  FaultParameters,
} from './faults.js'
export { type Hooks, useSandbox } from './hooks.js'
export type {
  BalanceChange,
  ClockChange,
  ClockMode,
  SandboxBalance,
  SandboxBytes,
  SandboxCancel,
  SandboxClock,
  SandboxEvent,
  SandboxEvents,
  SandboxPayment,
  SandboxRehearsal,
  SandboxRequest,
  SandboxTls,
  SignatureExplanation,
  TlsMode,
} from './records.js'
export type { RuleChanges, SandboxRules } from './rules.js'
export { checkStore, type StoreCheckOptions, storeCases } from './refunds/check.js'
export { Sandbox, type SandboxMerchant, type SandboxOptions } from './sandbox.js'
export type { Approval, RequestFilter, Seed, WaitOptions } from './seeding.js'
