// A sandbox for a whole file of tests, in any test runner.

import { Sandbox, type SandboxOptions } from './sandbox.js'

/** A runner's hooks: those of `node:test` (a test's own `t` has them, too), vitest or jest. */
export type Hooks = {
  /** Runs `run` before each test. */
  beforeEach(run: () => void): unknown
} & (
  | { after(run: () => void): unknown }
  | { afterAll(run: () => void): unknown }
)

/**
 * Starts a sandbox that goes back to its start before each test, and is closed after the last.
 *
 * @example
 * ```ts
 * import { afterAll, beforeEach } from 'vitest' // of node:test: after, beforeEach
 *
 * const gateway = useSandbox({ beforeEach, afterAll })
 * ```
 * @throws {@link SandboxError} where an option can't be used.
 */
export function useSandbox(hooks: Hooks, options?: SandboxOptions): Sandbox {
  const sandbox = new Sandbox(options)
  hooks.beforeEach(() => sandbox.reset())
  if ('afterAll' in hooks) hooks.afterAll(() => sandbox.close())
  else hooks.after(() => sandbox.close())
  return sandbox
}
