// Batches: refunds that are handled together, by one name.

import { read } from '../arguments.js'
import type { Values } from '../native.js'
import type { FieldError } from '../outcome.js'
import type { RefundCount } from './count.js'
import { Progress } from './progress.js'
import { batched } from './telling.js'
import type { Told } from './told.js'

/** Who does something to a batch. */
export interface BatchOptions {
  /** Who decides, at most 100 characters. */
  by: string
}

/** Who does something to a batch, and why. */
export interface NotedBatchOptions extends BatchOptions {
  /** A note to keep, at most 1,000 characters. */
  note?: string | null | undefined
}

/** Limits of a batch. An absent limit does not change, and `null` removes it. */
export interface BatchLimits {
  /** The most refunds that all workers together start in a second, from 0.001 to 10,000. */
  pace?: number | null | undefined
  /** It pauses automatically after so many refunds in a row that are not done, from 1 to 200; 10 by default. */
  mostInARow?: number | null | undefined
  /** It pauses automatically if so many percent of the last 200 are not done, from 1 to 100; 25 by default. */
  mostPercent?: number | null | undefined
}

const LIMITS = ['pace', 'mostInARow', 'mostPercent'] as const satisfies readonly (keyof BatchLimits)[]

/** Takes what a verb starts to its end. */
type Carry = <T>(verb: string, values: Values, findings?: FieldError[]) => Promise<T>

/** The methods of {@link Refunds} for batches. */
export class Batches {
  readonly #carry: Carry

  constructor(carry: Carry) {
    this.#carry = carry
  }

  /**
   * Returns the progress of a batch.
   *
   * @throws `InvalidRequestError` An argument is wrong.
   * @throws {@link RefundsError} There is no such batch of this merchant; the tables are missing.
   */
  async progress(batch: string): Promise<Progress> {
    return new Progress(await this.#carry<Told>('progress', { batch }))
  }

  /** Returns the progress of all batches, in the order of their names. */
  async batches(): Promise<Progress[]> {
    return (await this.#carry<Told[]>('batches', {})).map((told) => new Progress(told))
  }

  /**
   * Pauses a batch: workers finish its requests in flight, and start no more of it. Until {@link Batches.resume}, its refunds are
   * neither listed by `due` nor processed. Pausing a paused batch changes nothing.
   *
   * @throws `InvalidRequestError` An argument is wrong.
   * @throws {@link RefundsError} There is no such batch of this merchant; the tables are missing.
   */
  async pause(batch: string, options: NotedBatchOptions): Promise<Progress> {
    const { values, findings } = read(options, 'options', ['by', 'note'])
    const paused = new Progress(await this.#carry<Told>('pause', { batch, ...values }, findings))
    batched(paused.batch, `was paused by ${paused.pausedBy}`)
    return paused
  }

  /**
   * Continues a paused batch, and restarts the count of its error budget.
   *
   * @throws `InvalidRequestError` An argument is wrong.
   * @throws {@link RefundsError} There is no such batch of this merchant; the tables are missing.
   */
  async resume(batch: string, options: BatchOptions): Promise<Progress> {
    const { values, findings } = read(options, 'options', ['by'])
    const resumed = new Progress(await this.#carry<Told>('resume', { batch, ...values }, findings))
    batched(resumed.batch, `was resumed by ${options.by}`)
    return resumed
  }

  /**
   * Sets the limits of a batch. The batch needs no refunds yet, and workers may be processing it.
   *
   * By default, a batch has no pace. It pauses automatically after 10 refunds in a row that are not done, or if 25 % of the last 200
   * are not done. Refunds in review, unknown and declined refunds are not done.
   *
   * @throws `InvalidRequestError` An argument is wrong. Nothing was changed.
   */
  async setBatch(batch: string, limits: BatchLimits): Promise<Progress> {
    const { values, findings } = read(limits, 'limits', LIMITS)
    const set: Values = { batch }
    for (const name of LIMITS) {
      const value = values[name]
      if (typeof value === 'boolean') findings.push({ field: name, message: 'must be a number, or null for no limit' })
      // The native half takes no null apart from what is absent.
      else if (value !== undefined) set[name] = value ?? false
    }
    return new Progress(await this.#carry<Told>('set_batch', set, findings))
  }

  /**
   * Gives up the unsent refunds of a paused batch: they become `void`. Refunds that may have been sent do not change, nor do refunds
   * marked by {@link Refunds.restored}. It gives up a thousand at a time. If it is interrupted, the same call continues.
   *
   * @returns The number and the sum of the refunds given up.
   * @throws `InvalidRequestError` An argument is wrong.
   * @throws {@link RefundsError} The batch is running, kind `ruling`; the tables are missing.
   */
  async voidUnsent(batch: string, options: NotedBatchOptions): Promise<RefundCount> {
    const { values, findings } = read(options, 'options', ['by', 'note'])
    const givenUp = await this.#carry<RefundCount>('void_unsent', { batch, ...values }, findings)
    batched(batch, `gave up unsent refunds: ${givenUp.refunds}, by ${options.by}`)
    return Object.freeze(givenUp)
  }
}
