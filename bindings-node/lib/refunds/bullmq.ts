// Refunds on BullMQ: a job carries a refund's key, to wake a worker up. What is to be done stands in the store.

import { createHash } from 'node:crypto'

import { isSignal, listen } from '../abort.js'
import { read, unless } from '../arguments.js'
import { InvalidRequestError } from '../errors.js'
import { alarm } from '../inbox.js'
import type { FieldError } from '../outcome.js'
import { invalid } from './error.js'
import { within } from './options.js'
import type { Refunds } from './refunds.js'
import { failed } from './telling.js'
import type { RefundState } from './words.js'

/** What a job of a refund carries. */
export interface RefundJobData {
  /** The refund's key. */
  key: string
}

/** How a job of a refund is added. */
export interface RefundJobOptions {
  jobId: string
  attempts: number
  removeOnComplete: boolean
  removeOnFail: boolean
}

/** BullMQ's `Job`, as far as it is used. */
export interface RefundJob {
  readonly data: RefundJobData
  readonly attemptsStarted?: number
  moveToDelayed(timestamp: number, token?: string): Promise<unknown>
}

/** BullMQ's `Queue`, as far as it is used. */
export interface RefundQueue {
  add(name: 'refund', data: RefundJobData, options: RefundJobOptions): Promise<unknown>
  addBulk(jobs: { name: 'refund'; data: RefundJobData; opts: RefundJobOptions }[]): Promise<unknown>
}

/** Which refunds a sweep looks for. */
export interface SweepOptions {
  /** How many at most, from 1 to 100,000; 500 by default. */
  limit?: number | null | undefined
  /** Only the refunds of this batch. */
  batch?: string | null | undefined
}

/** Which refunds sweeps look for, and how often. */
export interface SweepEveryOptions extends SweepOptions {
  /** Milliseconds from the end of a sweep to the next one, from 100 to 3,600,000; 5,000 by default. */
  everyMs?: number | null | undefined
  /** Ends the sweeps. */
  signal?: AbortSignal | null | undefined
}

/** Milliseconds between two sweeps, and the most that they may be. */
const EVERY = 5_000
const LONGEST_EVERY = 3_600_000
/** What waits for longer is left to the sweep: its job would swallow what wakes it up meanwhile. */
const LONGEST_DELAY = EVERY
/** Milliseconds by which jobs that wait for the same moment are spread out after their first look. */
const SPREAD = 100
/** Milliseconds that a wake-up is waited for. */
const PATIENCE = 1_000

/** What BullMQ knows by its name: the job was moved, and has neither ended nor failed. */
class DelayedError extends Error {
  // Its own, since only so it comes out of a processor in a file of its own. The first of BullMQ 5 look at the message.
  override readonly name = 'DelayedError'
  override readonly message = 'DelayedError'
}

/**
 * Returns a processor for BullMQ's `Worker`: it does for a refund what can be done now, and gives the refund's state.
 *
 * A job may come twice, late or never: the store knows whether a refund was sent. Where a worker can continue with a refund within
 * five seconds, such as one that waits for its batch's pace, its job is delayed until then. What is due later is left to
 * {@link sweepEvery}. A job fails only where the store does, and the sweep finds its refund, too: no `attempts` are needed.
 *
 * @example
 * ```ts
 * const worker = new Worker('refunds', bullmqProcessor(refunds), { connection, concurrency: 8 })
 * ```
 * @throws `InvalidRequestError` These are not refunds.
 */
export function bullmqProcessor(refunds: Refunds): (job: RefundJob, token?: string) => Promise<RefundState> {
  refuse(unfitRefunds(refunds))
  return async (job, token) => {
    const { state, dueInMs } = await refunds.process(job.data.key)
    if (dueInMs === null || dueInMs > LONGEST_DELAY) return state
    // Many that wait for the same turn come back one by one, and the longer apart the oftener they had to.
    const spread = Math.min(SPREAD * 2 ** (job.attemptsStarted ?? 1), LONGEST_DELAY)
    await job.moveToDelayed(Date.now() + Math.ceil(dueInMs + Math.random() * spread), token)
    throw new DelayedError()
  }
}

/**
 * Wakes a worker up for a refund; call it once the request is committed. It waits for Redis one second at most, and does not
 * reject where Redis fails: a wake-up that gets lost costs the time to the next sweep.
 *
 * A refund has one job at a time, whose id is made of the key. The job is removed when it ends, so that its id is free again.
 *
 * @param queue - BullMQ's `Queue`, of one merchant (`mid`).
 * @returns Whether the queue is known to have it.
 * @throws `InvalidRequestError` An argument is wrong.
 */
export async function wake(queue: RefundQueue, key: string): Promise<boolean> {
  const keyed = typeof key === 'string' && key !== ''
  refuse([...unfitQueue(queue), ...(keyed ? [] : [{ field: 'key', message: 'is not a key of a refund; pass its text' }])])
  const { name, data, opts } = jobOf(key)
  let isThere = false
  await soon(
    Promise.resolve(queue.add(name, data, opts)).then(
      () => void (isThere = true),
      () => {},
    ),
    PATIENCE,
  )
  return isThere
}

/**
 * Wakes workers up for all refunds that are due: those whose wake-up got lost, whose worker died, that were not sent, and those
 * of a batch. What is in the queue already stays there once.
 *
 * @returns How many it found.
 * @throws `InvalidRequestError` An argument is wrong.
 * @throws What the store's driver throws, or Redis'.
 */
export async function sweep(queue: RefundQueue, refunds: Refunds, options?: SweepOptions): Promise<number> {
  const { values, findings } = read(options, 'options', ['limit', 'batch'])
  refuse([...unfitQueue(queue), ...unfitRefunds(refunds), ...findings])
  const { limit, batch } = values as SweepOptions
  const keys = await refunds.due(limit ?? undefined, { batch })
  if (keys.length > 0) await queue.addBulk(keys.map(jobOf))
  return keys.length
}

/**
 * Sweeps again and again, until `signal` fires: run it beside each worker, as any number may. It needs nothing that Redis keeps,
 * so it continues where Redis has lost everything. No error of the store or of Redis ends it: the first of a row is told by a
 * process warning with the code `PAYWELCOME_REFUNDS_RUN`.
 *
 * @throws `InvalidRequestError` An argument is wrong.
 */
export async function sweepEvery(queue: RefundQueue, refunds: Refunds, options?: SweepEveryOptions): Promise<void> {
  const { values, findings } = read(options, 'options', ['everyMs', 'limit', 'batch', 'signal'])
  const { everyMs, limit, batch, signal } = values as SweepEveryOptions
  findings.push(...within('everyMs', everyMs, 100, LONGEST_EVERY, 'milliseconds, from 100 to 3,600,000'))
  findings.push(...unless(isSignal(signal), 'signal', signal, 'an AbortSignal'))
  refuse([...unfitQueue(queue), ...unfitRefunds(refunds), ...findings])
  const gap = everyMs ?? EVERY
  let isWorking = true
  const once = async () => {
    try {
      await sweep(queue, refunds, { limit, batch })
      isWorking = true
    } catch (error) {
      if (error instanceof InvalidRequestError) throw error
      if (isWorking) failed('the sweep', gap, error)
      isWorking = false
    }
  }
  while (signal?.aborted !== true) {
    // One that hangs with its connection is left behind.
    await soon(once(), Number.POSITIVE_INFINITY, signal)
    // What has fired does not fire again.
    if (!signal?.aborted) await soon(undefined, gap, signal)
  }
}

function jobOf(key: string): { name: 'refund'; data: RefundJobData; opts: RefundJobOptions } {
  // BullMQ takes no id with a colon, and none that is a number.
  const jobId = `refund-${createHash('sha256').update(key).digest('hex').slice(0, 32)}`
  return { name: 'refund', data: { key }, opts: { jobId, attempts: 1, removeOnComplete: true, removeOnFail: true } }
}

/** Waits for it so many milliseconds at most, and until `signal` fires. */
function soon(what: Promise<void> | undefined, milliseconds: number, signal?: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const unlisten = signal ? listen(signal, () => end()) : undefined
    const callOff = Number.isFinite(milliseconds) ? alarm(milliseconds, () => end()) : undefined
    const end = (failed?: { error: unknown }) => {
      unlisten?.()
      callOff?.()
      if (failed) reject(failed.error)
      else resolve()
    }
    what?.then(
      () => end(),
      (error: unknown) => end({ error }),
    )
  })
}

function refuse(findings: readonly FieldError[]): void {
  if (findings.length > 0) throw invalid('the arguments are wrong', findings, null)
}

function unfitRefunds(refunds: Partial<Refunds> | null | undefined): FieldError[] {
  if (typeof refunds?.process === 'function') return []
  return [{ field: 'refunds', message: 'are not Refunds; pass them' }]
}

function unfitQueue(queue: Partial<RefundQueue> | null | undefined): FieldError[] {
  if (typeof queue?.addBulk === 'function') return []
  return [{ field: 'queue', message: "is not a Queue of BullMQ's; pass one" }]
}
