// A warning of the process.

/** Tells of it by a process warning. */
export function warn(line: string, code: string): void {
  process.emitWarning(line, { type: 'PaywelcomeWarning', code })
}
