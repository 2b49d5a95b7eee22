// Who learns the end of one attempt of a refund that somebody has recorded.

import type { PaywelcomeError } from './errors.js'
import type { CancelReceipt, PartialCancelReceipt } from './receipts.js'
import type { CallOptions } from './requests.js'

/** Learns the end of one call whose promise did not give it. */
export interface Sink {
  /**
   * Is told the end, before `onSettled` and also where nothing was sent. A close waits for the promise that it gives; what it
   * throws is a warning.
   */
  late(end: CancelReceipt | PartialCancelReceipt | PaywelcomeError): unknown
}

/** How one attempt is made. */
export interface AttemptOptions extends CallOptions {
  /** Since when its time limit counts, as `native.moment` gave it: nothing leaves after both. */
  began?: number | undefined
  sink: Sink
}
