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
 * Until then a client of this process that leads to no sandbox of this process refuses to send, whichever was made first:
 * with a `ConfigurationError` that names both hosts. `{ guard: false }` turns that off.
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
  const sandbox = new Sandbox({ ...options, guard: options?.guard ?? true })
  try {
    hooks.beforeEach(() => sandbox.reset())
    if ('afterAll' in hooks) hooks.afterAll(() => sandbox.close())
    else hooks.after(() => sandbox.close())
  } catch (error) {
    // Nobody would close it.
    sandbox.close()
    throw error
  }
  return sandbox
}
