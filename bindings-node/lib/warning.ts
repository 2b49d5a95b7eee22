// A warning of the process.

import { inspect } from 'node:util'

/** Tells of it by a process warning, with a detail below its line if there is one; it never fails. */
export function warn(line: string, code: string, detail?: string): void {
  try {
    const more = detail === undefined ? {} : { detail }
    process.emitWarning(line, { type: 'PaywelcomeWarning', code, ...more })
  } catch {
    // Someone has put a function that throws in its place.
    try {
      console.error(`[${code}] ${line}`)
    } catch {
      // And here as well.
    }
  }
}

/** Whether what a merchant's function gave may have to be awaited. */
export function isAwaited(given: unknown): boolean {
  return (typeof given === 'object' && given !== null) || typeof given === 'function'
}

/** What a merchant's function threw, for people. */
export function shown(thrown: unknown): string {
  try {
    return inspect(thrown)
  } catch {
    return 'an error that can not be shown'
  }
}

/** Runs what only looks at a call: where it fails, that is told, and changes nothing of the call. */
export function apart<T>(what: string, code: string, run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    warn(`${what} failed`, code, shown(error))
    return undefined
  }
}
