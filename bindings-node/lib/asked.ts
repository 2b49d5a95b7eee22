// One call of a client: what was asked, and what is made of its end.

import type { Call } from './calls.js'
import type { UnderWay } from './closing.js'
import { errorOf, type FieldError, type Operation, type Trace } from './errors.js'
import { isFailure, type NativeClient, type NativeReceipt, type NativeSettled, type Values } from './native.js'
import { cancelReceipt, partialCancelReceipt } from './receipts.js'
import { report } from './settled.js'

/** A call of which a `T` is wanted. */
export class Asked<T> implements Call<T> {
  /**
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
    readonly trace: Trace,
    readonly receiptOf: (receipt: NativeReceipt) => T,
    readonly onSettled: unknown,
    readonly under: UnderWay | undefined,
  ) {}

  /** The payment's, where the arguments are right. */
  get tid(): string {
    return String(this.values['tid'])
  }

  /** The caller's own, where the arguments are right. */
  get reference(): string | null {
    const { reference } = this.values
    return typeof reference === 'string' ? reference : null
  }

  made(settled: NativeSettled): T {
    if (isFailure(settled)) throw errorOf(settled, this.trace)
    // Only of a warm-up there is none, and nobody reads it.
    return this.receiptOf(settled as NativeReceipt)
  }

  late(settled: NativeSettled): void {
    const { operation, tid, reference } = this
    if (isFailure(settled)) {
      const error = errorOf(settled, this.trace)
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
