// One call of a client: what was asked, and what is made of its end.

import type { Call } from './calls.js'
import type { UnderWay } from './closing.js'
import { errorOf, type PaywelcomeError, type Trace, traceAbove } from './errors.js'
import { isFailure, type NativeClient, type NativeFailure, type NativeReceipt, type NativeSettled, type Values } from './native.js'
import type { FieldError, Operation } from './outcome.js'
import { cancelReceipt, partialCancelReceipt } from './receipts.js'
import { report } from './reporting.js'

/** A call of which a `T` is wanted. */
export class Asked<T> implements Call<T> {
  /** Where it was made: kept only where nobody may be waiting in the end, since it costs more than the rest of a call. */
  trace: Trace | undefined

  /**
   * @param called - What the merchant called for it.
   * @param receiptOf - Makes the `T`.
   * @param onSettled - Is told of its end where nobody waits for it any more.
   * @param under - Where a close looks for it, if it has to.
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
    readonly under: UnderWay | undefined,
  ) {
    this.trace = signal && traceAbove(called)
  }

  /** The payment's, where the arguments are right. */
  get tid(): string {
    return String(this.values['tid'])
  }

  /** The caller's own, where the arguments are right. */
  get reference(): string | null {
    const { reference } = this.values
    return typeof reference === 'string' ? reference : null
  }

  made(receipt: NativeReceipt): T {
    return this.receiptOf(receipt)
  }

  failed(failure: NativeFailure, above: Function): PaywelcomeError {
    return errorOf(failure, this.trace ?? above)
  }

  late(settled: NativeSettled): void {
    const { operation, tid, reference } = this
    if (isFailure(settled)) {
      const error = this.failed(settled, this.late)
      report({ operation, tid, reference, outcome: error.outcome, error }, this.onSettled)
    } else if (settled !== null) {
      const receipt = (operation === 'cancel' ? cancelReceipt : partialCancelReceipt)(settled)
      report({ operation, tid, reference, outcome: 'done', receipt }, this.onSettled)
    }
  }

  began(): void {
    this.under?.add(this)
  }

  ended(): void {
    this.under?.remove(this)
  }
}
