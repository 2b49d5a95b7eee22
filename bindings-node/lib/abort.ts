// Abort signals: when a wait is given up, and what its reason then says.

import { valued } from './descriptor.js'
import { apart } from './warning.js'

/** Returns whether a value can be listened to as an abort signal, of whatever realm or library. */
export function isSignal(value: unknown): value is AbortSignal {
  if (typeof value !== 'object' || value === null) return false
  const { aborted, addEventListener } = value as Partial<AbortSignal>
  return typeof aborted === 'boolean' && typeof addEventListener === 'function'
}

/** The calls that wait for each signal; they share one listener, since many on one signal are warned of as a leak. */
const shared = new WeakMap<AbortSignal, Waiting>()

interface Waiting {
  readonly listeners: Set<() => void>
  readonly fire: () => void
}

/** Calls `listener` when `signal` fires, until the returned function is called; that one never throws. */
export function listen(signal: AbortSignal, listener: () => void): () => void {
  const waiting = shared.get(signal)
  if (waiting) waiting.listeners.add(listener)
  const { listeners, fire } = waiting ?? attach(signal, listener)
  return () => {
    if (!listeners.delete(listener) || listeners.size > 0) return
    shared.delete(signal)
    try {
      signal.removeEventListener('abort', fire)
    } catch {
      // A signal of someone else's making must not cost the caller a receipt.
    }
  }
}

function attach(signal: AbortSignal, first: () => void): Waiting {
  const listeners = new Set([first])
  const fire = () => {
    shared.delete(signal)
    // A call that can't be given up ends as usual, and does not stop others from being given up.
    for (const listener of listeners) apart('giving up a wait', 'PAYWELCOME_ABORT', listener)
    listeners.clear()
  }
  signal.addEventListener('abort', fire, { once: true })
  // One of someone else's making may have fired at once.
  if (listeners.size > 0) shared.set(signal, { listeners, fire })
  return { listeners, fire }
}

/** What was known about the money when a wait was given up. */
export type AbortOutcome = 'not_sent' | 'unknown'

/** What a reason says of the call whose wait it ended. */
export interface GivenUp {
  outcome: AbortOutcome
  tid: string | null
  reference: string | null
}

const MARKS = ['outcome', 'tid', 'reference'] as const

/** The reasons that carry marks of ours. */
const marked = new WeakMap<object, GivenUp>()

/**
 * Returns the reason of an aborted signal, carrying `outcome`, `tid` and `reference`.
 *
 * A reason that can't carry them, or that already carries another's (one signal may end several calls), becomes the cause
 * of an `AbortError` that does.
 */
export function reasonWith(signal: AbortSignal, given: GivenUp): unknown {
  let reason: unknown
  try {
    reason = signal.reason
    if (typeof reason === 'object' && reason !== null && carries(reason, given)) return reason
    return new AbortError(reason, given, isTimeout(reason) ? 'TimeoutError' : 'AbortError')
  } catch {
    // A reason that can't even be looked at is wrapped.
    return new AbortError(reason, given, 'AbortError')
  }
}

/** Marks a reason, unless it says anything of this already, and tells whether it says the truth then. */
function carries(reason: object, given: GivenUp): boolean {
  const known = marked.get(reason)
  if (known !== undefined) return MARKS.every((mark) => known[mark] === given[mark])
  if (MARKS.some((mark) => mark in reason) || !Object.isExtensible(reason)) return false
  for (const mark of MARKS) Reflect.defineProperty(reason, mark, valued(given[mark], 'listed'))
  // A proxy may have done anything.
  const holds = MARKS.every((mark) => (reason as GivenUp)[mark] === given[mark])
  if (holds) marked.set(reason, given)
  else for (const mark of MARKS) Reflect.deleteProperty(reason, mark)
  return holds
}

/** Whether it is what `AbortSignal.timeout` gives, which is told from other reasons by its name. */
function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError'
}

/** Stands in for an abort reason that can't carry what is told of the call. */
class AbortError extends Error implements GivenUp {
  readonly code = 'ABORT_ERR'
  readonly outcome: AbortOutcome
  readonly tid: string | null
  readonly reference: string | null

  constructor(cause: unknown, { outcome, tid, reference }: GivenUp, name: string) {
    const what =
      outcome === 'not_sent'
        ? 'nothing was sent'
        : 'the outcome is unknown, the money may have moved, do not send it again before you know'
    super(`the wait was given up: ${what}`, { cause })
    this.outcome = outcome
    this.tid = tid
    this.reference = reference
    Object.defineProperty(this, 'name', valued(name, 'hidden'))
  }
}
