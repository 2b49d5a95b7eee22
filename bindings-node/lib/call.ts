// One call of a client: what was asked, and what is made of its end.

import type { OpenCalls } from './closing.js'
import { errorOf, NotSentError, OutcomeUnknownError, type PaywelcomeError, type Trace, traceAbove } from './errors.js'
import { named, tell, tellSink } from './late.js'
import { isFailure, type NativeClient, type NativeEnd, type NativeFailure, type NativeReceipt, type Values } from './native.js'
import type { FieldError, Operation } from './outcome.js'
import { cancelReceipt, partialCancelReceipt } from './receipts.js'
import type { Settled } from './settled.js'
import type { Sink } from './sink.js'
import { warn } from './warning.js'

/** More of an echo is no use in a line. */
const LONGEST_ECHO = 100

/** A call of which a `T` is wanted. */
export class Call<T> {
  /** Where it was made: kept only where nobody may be waiting in the end, since it costs more than the rest of a call. */
  trace: Trace | undefined
  /** Whether its receipt may have to be warned of. */
  warns = false
  /** Since when its time limit counts, where that is not since its start. */
  since: number | undefined
  /** Learns its end where its promise does not give that. */
  sink: Sink | undefined

  /**
   * @param called - What the merchant called for it.
   * @param receiptOf - Makes the `T`.
   * @param onSettled - Is told of its end where nobody waits for it any more.
   * @param open - Where a close looks for it, if it has to.
   */
  constructor(
    readonly client: NativeClient,
    readonly operation: Operation,
    readonly values: Values,
    readonly findings: FieldError[],
    readonly signal: AbortSignal | undefined,
    readonly called: Function,
    readonly receiptOf: (receipt: NativeReceipt) => T,
    readonly onSettled: unknown,
    readonly open: OpenCalls | undefined,
  ) {
    if (signal !== undefined || this.waits) this.trace = traceAbove(called)
  }

  /** The payment's; nothing where it is not a text, which is refused. */
  get tid(): string | null {
    const { tid } = this.values
    return typeof tid === 'string' ? tid : null
  }

  /** The caller's own; nothing where it is not a text, which is refused. */
  get reference(): string | null {
    const { reference } = this.values
    return typeof reference === 'string' ? reference : null
  }

  /** Whether its wait may be over before its end. */
  get waits(): boolean {
    return (this.values['waitMs'] ?? undefined) !== undefined
  }

  /** Makes what is wanted. */
  made(receipt: NativeReceipt): T {
    this.#compared(receipt)
    return this.receiptOf(receipt)
  }

  /** Makes the error of a failure; its stack is what is above the function `above`, unless a better one is known. */
  failed(failure: NativeFailure, above: Function): PaywelcomeError {
    return errorOf(failure, this.trace ?? above)
  }

  /** It is under way. */
  began(): void {
    this.open?.add(this)
  }

  /** It is under way no longer, and its end was told. */
  ended(): void {
    this.open?.remove(this)
  }

  /** It was called back, and has no end but this one. */
  withdrawn(): void {
    const { sink } = this
    if (sink === undefined) {
      this.ended()
      return
    }
    this.open?.add(this)
    const { host, mid } = this.client
    const message = `nothing was sent: the caller gave up (${named(this.#asked)})`
    const error = new NotSentError({ ...this.#asked, host, mid, message, kind: 'aborted' })
    void tellSink(this, error, sink, this.#asked).then(() => this.ended())
  }

  /** It has ended, after its wait was given up. */
  late(end: NativeEnd): void {
    // Only what may have moved money is told.
    if (end === null || this.operation === 'warm_up') {
      this.ended()
      return
    }
    let settled: Settled
    try {
      settled = this.#settled(end)
    } catch (error) {
      settled = { ...this.#asked, outcome: 'unknown', error: this.unmade(error) }
    }
    void tell(this, settled, this.sink, this.onSettled, () => this.ended())
  }

  /** Makes the error of a call that was done, but of which no receipt can be made in this program. */
  unmade(cause: unknown): PaywelcomeError {
    const message = 'the gateway did what was asked, but no receipt can be made of its answer here'
    const { host, mid } = this.client
    return new OutcomeUnknownError({ ...this.#asked, host, mid, message, kind: 'internal', cause })
  }

  #settled(end: NativeReceipt | NativeFailure): Settled {
    if (isFailure(end)) {
      const error = this.failed(end, this.late)
      return { ...this.#asked, outcome: error.outcome, error }
    }
    this.#compared(end)
    const receipt = (this.operation === 'cancel' ? cancelReceipt : partialCancelReceipt)(end)
    return { ...this.#asked, outcome: 'done', receipt }
  }

  /** Warns of echoes that need not agree, and do not. */
  #compared(receipt: NativeReceipt | null): void {
    // Of a warm-up there is no receipt.
    const mismatches = receipt?.[11] ?? []
    if (mismatches.length === 0) return
    const differ = mismatches.map(({ field, asked, answered }) => {
      const shown = answered === null ? 'missing' : `'${answered.replace(/\p{C}/gu, ' ').slice(0, LONGEST_ECHO)}'`
      return `${field} is ${shown} for ${asked}`
    })
    const line = `${named(this.#asked)} is done, but its answer does not repeat what was asked: ${differ.join('; ')}`
    warn(line, 'PAYWELCOME_MISMATCH')
  }

  get #asked(): { operation: Operation; tid: string; reference: string | null } {
    const { operation, tid, reference } = this
    return { operation, tid: tid ?? '', reference }
  }
}
