// A rehearsal with the gateway, as callers give it.

import { fileURLToPath } from 'node:url'

import type { Values } from '../native.js'
import type { FieldError } from '../outcome.js'

/** Returns the settings as the native half takes them: of a rehearsal the path, or a text that holds it. */
export function rehearsed(settings: Values, findings: FieldError[]): Values {
  const { rehearsal: given, ...others } = settings
  if (typeof given !== 'object' || given === null) return settings
  try {
    if (given instanceof URL) return { ...others, rehearsal: fileURLToPath(given) }
    return { ...others, rehearsalText: String(JSON.stringify(given)) }
  } catch (error) {
    findings.push({ field: 'rehearsal', message: `can't be read: ${error instanceof Error ? error.message : String(error)}` })
    return others
  }
}
