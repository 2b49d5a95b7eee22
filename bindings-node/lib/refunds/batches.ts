// What can be done with a batch: with refunds that carry one name.

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
  /** What else is worth keeping, at most 1,000 characters. */
  note?: string | null | undefined
}

/** Limits of a batch: what is absent stays as it is, and `null` takes a limit away. */
export interface BatchLimits {
  /** How many of its refunds are begun in a second at most, by all workers together; from 0.001 to 10,000. */
  pace?: number | null | undefined
  /** It pauses by itself after so many in a row that are not done; from 1 to 200. By default 10. */
  mostInARow?: number | null | undefined
  /** It pauses by itself where so many of a hundred of its last 200 are not done; from 1 to 100. By default 25. */
  mostPercent?: number | null | undefined
}

const LIMITS = ['pace', 'mostInARow', 'mostPercent'] as const satisfies readonly (keyof BatchLimits)[]

/** Takes what a verb starts to its end. */
type Carry = <T>(verb: string, values: Values, findings?: FieldError[]) => Promise<T>

/** What can be done with batches: part of {@link Refunds}. */
export class Batches {
  readonly #carry: Carry

  constructor(carry: Carry) {
    this.#carry = carry
  }

  /**
   * Returns how far a batch has come.
   *
   * @throws `InvalidRequestError` An argument is wrong.
   * @throws {@link RefundsError} There is no such batch of this merchant; the tables are missing.
   */
  async progress(batch: string): Promise<Progress> {
    return new Progress(await this.#carry<Told>('progress', { batch }))
  }

  /** Returns how far each batch has come, in the order of their names. */
  async batches(): Promise<Progress[]> {
    return (await this.#carry<Told[]>('batches', {})).map((told) => new Progress(told))
  }

  /**
   * Pauses a batch: nothing more of it is sent, by any worker, but for what each has under way. It is neither listed by `due` nor
   * processed until {@link Batches.resume}. One that is paused stays as it is.
   *
   * @throws `InvalidRequestError` An argument is wrong.
   * @throws {@link RefundsError} There is no such batch of this merchant; the tables are missing.
   */
  async pause(batch: string, options: NotedBatchOptions): Promise<Progress> {
    const { values, findings } = read(options, 'options', ['by', 'note'])
    const paused = new Progress(await this.#carry<Told>('pause', { batch, ...values }, findings))
    batched(paused.batch, `is paused by ${paused.pausedBy}`)
    return paused
  }

  /**
   * Lets a paused batch continue. Its error budget is whole again.
   *
   * @throws `InvalidRequestError` An argument is wrong.
   * @throws {@link RefundsError} There is no such batch of this merchant; the tables are missing.
   */
  async resume(batch: string, options: BatchOptions): Promise<Progress> {
    const { values, findings } = read(options, 'options', ['by'])
    const resumed = new Progress(await this.#carry<Told>('resume', { batch, ...values }, findings))
    batched(resumed.batch, `continues, by ${options.by}`)
    return resumed
  }

  /**
   * Sets limits of a batch, which needs no refunds yet; it may be done while workers are at work on it.
   *
   * By default, a batch has no pace, and pauses by itself after 10 in a row that are not done, or where 25 of a hundred of its last
   * 200 are not done. Not done is what goes to review, is unknown, or is declined.
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
   * Gives up all of a paused batch that was not sent: these refunds are then `void`. What may have been sent stays as it is, and so
   * does what was doubted after a restore of the store. It is done a thousand at a time: if it is interrupted, the same call continues.
   *
   * @returns How many were given up, and how much they are together.
   * @throws `InvalidRequestError` An argument is wrong.
   * @throws {@link RefundsError} The batch is running, kind `ruling`; the tables are missing.
   */
  async voidUnsent(batch: string, options: NotedBatchOptions): Promise<RefundCount> {
    const { values, findings } = read(options, 'options', ['by', 'note'])
    const givenUp = await this.#carry<RefundCount>('void_unsent', { batch, ...values }, findings)
    batched(batch, `has ${givenUp.refunds} refunds fewer, given up by ${options.by}`)
    return Object.freeze(givenUp)
  }
}
