// The same module for `import`.

export { Sandbox } from './testing.js'
export type { Approval, SandboxCancel, SandboxOptions, SandboxPayment, SandboxRequest } from './testing.js'
