// What can be seen of calls: attempts, diagnostics channels and spans. Nothing of it is made where nobody looks.

import { channel, tracingChannel } from 'node:diagnostics_channel'

import type { Attempt } from './attempt.js'
import { valued } from './descriptor.js'
import { PaywelcomeError } from './errors.js'
import type { CallMessage } from './message.js'
import type { NativeAttempt } from './native.js'
import type { ErrorKind, Operation, Outcome } from './outcome.js'
import { Span } from './tracing.js'
import { apart, isAwaited, shown, warn } from './warning.js'

const calls = tracingChannel<unknown, CallMessage>('paywelcome:call')
const parts = [calls.start, calls.end, calls.asyncStart, calls.asyncEnd, calls.error]
const attempts = channel('paywelcome:attempt')

/** The longest tid, of which more is not a secret, but noise. */
const LONGEST_TID = 40

/** One call, for observers. */
export class Watch {
  readonly #message: CallMessage
  readonly #onAttempt: unknown
  readonly #started = performance.now()
  readonly #client: { mid: string; baseUrl: string }
  #span: Span | undefined
  #last: NativeAttempt | undefined

  private constructor(message: CallMessage, onAttempt: unknown, client: { mid: string; baseUrl: string }) {
    this.#message = message
    this.#onAttempt = onAttempt
    this.#client = client
  }

  /** Returns whether anybody looks. */
  static isWanted(onAttempt: unknown): boolean {
    if (typeof onAttempt === 'function' || attempts.hasSubscribers || Span.wanted) return true
    return parts.some(({ hasSubscribers }) => hasSubscribers)
  }

  /** Runs a call, seen by those who look; `run` is given nothing where nobody does. */
  static over<T>(
    operation: Operation,
    values: Record<string, unknown>,
    onAttempt: unknown,
    client: { mid: string; baseUrl: string },
    run: (watch: Watch | undefined) => Promise<T>,
  ): Promise<T> {
    if (!Watch.isWanted(onAttempt)) return run(undefined)
    const channels = parts.some(({ hasSubscribers }) => hasSubscribers)
    const { tid, reference } = values
    const known = typeof tid === 'string' && tid.length <= LONGEST_TID ? tid : null
    const message = { operation, tid: known, reference: typeof reference === 'string' ? reference : null }
    const watch = new Watch(message, onAttempt, client)
    const ending = async () => {
      try {
        const result = await run(watch)
        looking(() => watch.#end('done', null, null))
        return result
      } catch (error) {
        looking(() => watch.#failed(error))
        throw error
      }
    }
    return channels ? calls.tracePromise(ending, message) : ending()
  }

  /** The call is under way: its arguments were right. */
  began(): void {
    try {
      this.#span = Span.of(this.#message, this.#client.mid, this.#client.baseUrl)
    } catch {
      // The stack is at its end: there is no span, but there is a call.
    }
  }

  /** Tells attempts, each once and before what the call ends with. */
  tell(ended: readonly NativeAttempt[] | null): void {
    for (const attempt of ended ?? []) looking(() => this.#tell(attempt))
  }

  #tell(attempt: NativeAttempt): void {
    const { operation, tid, reference } = this.#message
    this.#last = attempt
    this.#span?.attempted(attempt)
    const { number, began, took: durationMs, kind, httpStatus, pause: pauseMs } = attempt
    const base = { operation, tid: tid ?? '', reference, number, beganAt: new Date(began) }
    const told: Attempt = Object.freeze({ ...base, durationMs, kind, httpStatus, pauseMs })
    if (attempts.hasSubscribers) attempts.publish(told)
    if (typeof this.#onAttempt === 'function') hand(told, this.#onAttempt as (attempt: Attempt) => unknown)
  }

  #failed(error: unknown): void {
    if (error instanceof PaywelcomeError) {
      this.#end(error.outcome, error.kind, error)
      return
    }
    // The reason of an abort, which was given an outcome.
    const given = typeof error === 'object' && error !== null ? (error as { outcome?: unknown }).outcome : undefined
    this.#end(given === 'not_sent' ? 'not_sent' : 'unknown', 'aborted', null)
  }

  #end(outcome: 'done' | Outcome, kind: ErrorKind | null, error: PaywelcomeError | null): void {
    const message = this.#message
    put(message, 'outcome', outcome)
    put(message, 'kind', kind)
    const goesOn = kind === 'pending' || (outcome === 'unknown' && error === null)
    if (!goesOn) put(message, 'attempts', Math.max(this.#last?.number ?? 0, error?.attempts ?? 0))
    put(message, 'httpStatus', error?.httpStatus ?? this.#last?.httpStatus ?? null)
    put(message, 'durationMs', performance.now() - this.#started)
    this.#span?.end(message, error?.resultCode ?? null, error?.message ?? '')
    this.#span = undefined
  }
}

/** Fills in a member, which is the message's own whatever was added to every object of the program. */
function put<Name extends keyof CallMessage>(message: CallMessage, name: Name, value: CallMessage[Name]): void {
  if (name in message) Object.defineProperty(message, name, valued(value, 'listed'))
  else message[name] = value
}

/** Looks at a call: where that fails, it changes nothing of it. */
function looking(look: () => void): void {
  apart('an observer', 'PAYWELCOME_OBSERVER', look)
}

/** Hands an attempt to the merchant's function, whatever that then does. */
function hand(attempt: Attempt, onAttempt: (attempt: Attempt) => unknown): void {
  try {
    const given = onAttempt(attempt)
    if (isAwaited(given)) void awaited(given, attempt)
  } catch (error) {
    failed(error, attempt)
  }
}

async function awaited(given: unknown, attempt: Attempt): Promise<void> {
  try {
    await given
  } catch (error) {
    failed(error, attempt)
  }
}

function failed(error: unknown, { operation, tid, number }: Attempt): void {
  warn(`onAttempt failed for attempt ${number} of ${operation} of ${tid}`, 'PAYWELCOME_ON_ATTEMPT', shown(error))
}
