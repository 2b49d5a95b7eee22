// Abort signals: when a wait is given up, and what its reason then says.

/** Tells whether a value can be listened to as an abort signal, of whatever realm or library. */
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
    for (const listener of listeners) listener()
    listeners.clear()
  }
  signal.addEventListener('abort', fire, { once: true })
  // One of someone else's making may have fired at once.
  if (listeners.size > 0) shared.set(signal, { listeners, fire })
  return { listeners, fire }
}

/** What was known about the money when a wait was given up. */
export type AbortOutcome = 'not_sent' | 'unknown'

/** The reasons that carry an outcome of ours. */
const marked = new WeakMap<object, AbortOutcome>()

/**
 * Gives the reason of an aborted signal, carrying `outcome`.
 *
 * A reason that can't carry it, or that already carries another (one signal may end several calls), becomes the cause
 * of an `AbortError` that does.
 */
export function reasonWith(signal: AbortSignal, outcome: AbortOutcome): unknown {
  let reason: unknown
  try {
    reason = signal.reason
    if (typeof reason === 'object' && reason !== null) {
      if (marked.get(reason) === outcome) return reason
      if (!('outcome' in reason) && Reflect.defineProperty(reason, 'outcome', mark(outcome))) {
        marked.set(reason, outcome)
        return reason
      }
    }
  } catch {
    // A reason that can't even be looked at is wrapped.
  }
  return new AbortError(reason, outcome)
}

function mark(value: AbortOutcome): PropertyDescriptor {
  return { value, enumerable: true, configurable: true, writable: true }
}

/** Stands in for an abort reason that can't carry an outcome. */
class AbortError extends Error {
  readonly code = 'ABORT_ERR'

  constructor(
    cause: unknown,
    readonly outcome: AbortOutcome,
  ) {
    const what =
      outcome === 'not_sent'
        ? 'nothing was sent'
        : 'the outcome is unknown, the money may have moved, do not send it again before you know'
    super(`the wait was given up: ${what}`, { cause })
  }

  static {
    Object.defineProperty(this.prototype, 'name', { value: 'AbortError', configurable: true, writable: true })
  }
}
