// The run of a worker: it looks for refunds that are due, and processes them.

import { listen } from '../abort.js'
import { InvalidRequestError } from '../errors.js'
import { alarm } from '../inbox.js'
import { processed } from './attempt.js'
import { take } from './steps.js'
import { RefundsError } from './error.js'
import type { Ledger } from './ledger.js'
import { Looks } from './metrics.js'
import { now } from './pause.js'
import { runAlone } from './statements.js'
import { failed } from './telling.js'
import { type Taken, Turns } from './turns.js'
import { carried } from './work.js'

/** How a run works. */
export interface RunOptions {
  /** How many refunds are begun in a second at most, from 0.001 to 10,000; without it, as many as can be. */
  pace?: number | null | undefined
  /** How many refunds are under way at once at most, from 1 to 512; 8 by default. */
  concurrency?: number | null | undefined
  /** Only the refunds of this batch. */
  batch?: string | null | undefined
  /** Ends the run: nothing more is begun, and what is under way is waited for and recorded. */
  signal?: AbortSignal | null | undefined
  /** Whether to end once nothing is due and nothing is under way; false by default. What is due later is left. */
  untilIdle?: boolean | null | undefined
  /** Milliseconds between two looks for work at most, from 10 to 3,600,000; 1,000 by default. */
  pollMs?: number | null | undefined
}

/** Options that were checked. */
export interface RunPlan {
  pace: number | undefined
  concurrency: number
  batch: string | undefined
  signal: AbortSignal | undefined
  untilIdle: boolean
  pollMs: number
}

/** Milliseconds after an error before the next try, and the longest that these grow to. */
const PAUSE = 500
const LONGEST_PAUSE = 30_000
/** How many keys are asked for beyond those that can be begun at once. */
const AHEAD = 100
/** Milliseconds before another look where nothing could be begun, at least. */
const LEAST_POLL = 10
/** How often a refund may fail, or be found with nothing to do, before a run that ends when idle leaves it. */
const MOST_FAILURES = 3
const MOST_IN_VAIN = 12

/** A refund that is due, its payment, and its batch where that has a pace. */
type Due = readonly [key: string, tid: string, batch: string | null]

/** One run. */
export class Run {
  readonly #ledger: Ledger
  readonly #plan: RunPlan
  readonly #ready: () => Promise<void>
  readonly #health: () => Promise<unknown>
  /** Keys, and tids of their payments. */
  readonly #underWay = new Map<string, string>()
  /** What could not be moved is left alone until then, so that nothing is asked for in a circle. */
  readonly #resting = new Map<string, number>()
  readonly #failures = new Map<string, number>()
  readonly #vain = new Map<string, number>()
  readonly #told = new Set<string>()
  readonly #turns = new Turns()
  #pause = PAUSE
  #idle = LEAST_POLL
  readonly #looks = new Looks()
  #begins = 0
  /** How many of the latest list others were faster with. */
  #missed = 0
  #processed = 0
  /** Whether something has ended, or the run was stopped, since it last looked. */
  #isStirred = false
  #stirs = 0
  #wake: (() => void) | undefined

  /**
   * @param ready - Makes sure that the tables are there.
   * @param health - Looks at the store for those who measure.
   */
  constructor(ledger: Ledger, plan: RunPlan, ready: () => Promise<void>, health: () => Promise<unknown>) {
    this.#ledger = ledger
    this.#plan = plan
    this.#ready = ready
    this.#health = health
  }

  /** Runs until it is stopped, or idle where that ends it; gives how many refunds it has moved. */
  async over(): Promise<number> {
    const { signal } = this.#plan
    const unlisten = signal && listen(signal, () => this.#stir())
    try {
      while (!this.#isStopped) if (await this.#round()) break
    } finally {
      unlisten?.()
      while (this.#underWay.size > 0) await this.#nap(LONGEST_PAUSE)
    }
    return this.#processed
  }

  get #isStopped(): boolean {
    return this.#plan.signal?.aborted === true || this.#ledger.open.isClosed
  }

  /** Looks once, and begins what it finds; true where the run is over. */
  async #round(): Promise<boolean> {
    const { concurrency, pollMs, untilIdle } = this.#plan
    // What ends while the look is under way may have freed a payment that it did not see.
    const isQuiet = this.#underWay.size === 0
    this.#isStirred = false
    const { resting } = this.#turns
    let due: Due[]
    let later: number | null
    try {
      await this.#ready()
      const wanted = { batch: this.#plan.batch, without: resting.length > 0 ? JSON.stringify(resting) : undefined }
      due = await this.#look<Due[]>('due_by_payment', { limit: concurrency + AHEAD + this.#resting.size, ...wanted })
      later = due.length > 0 ? 0 : await this.#look<number | null>('next_due', wanted)
    } catch (error) {
      if (isMisuse(error)) throw error
      await this.#fail('the look for refunds that are due', error)
      return false
    }
    this.#forget(due)
    this.#worked()
    const fresh = this.#chosen(due)
    // Where other workers go through the same list, each begins it elsewhere.
    if (this.#missed > 0) shuffle(fresh)
    this.#missed = 0
    for (const one of fresh) {
      await this.#turn()
      if (this.#isStopped) return true
      // Others are ahead by now: what is left of the list is theirs, too.
      if (this.#missed >= concurrency) return false
      if (await this.#hasTurn(one)) this.#begin(one)
    }
    if (fresh.length > 0) {
      this.#idle = LEAST_POLL
      return false
    }
    if (isQuiet && untilIdle && resting.length === 0 && due.every(([key]) => this.#isHopeless(key))) return true
    // Something may be due behind what another worker has.
    this.#idle = Math.min(2 * this.#idle, pollMs)
    const wait = later === null ? pollMs : Math.min(pollMs, Math.max(later, this.#idle))
    if (!this.#isStirred) await this.#nap(this.#turns.until(wait))
    return false
  }

  #isHopeless(key: string): boolean {
    return (this.#failures.get(key) ?? 0) >= MOST_FAILURES || (this.#vain.get(key) ?? 0) >= MOST_IN_VAIN
  }

  async #look<T>(verb: string, values: Record<string, unknown>): Promise<T> {
    return take(carried<T>(this.#ledger.start(verb, values), (all) => runAlone(this.#ledger.store, all)))
  }

  /** Those that may be begun: one of each payment, since only one of them can have it. */
  #chosen(due: readonly Due[]): Due[] {
    const tids = new Set(this.#underWay.values())
    return due.filter(([key, tid]) => {
      if (this.#underWay.has(key) || tids.has(tid) || (this.#resting.get(key) ?? 0) > now()) return false
      tids.add(tid)
      return true
    })
  }

  /** Waits until another may be begun. */
  async #turn(): Promise<void> {
    const { concurrency, pace } = this.#plan
    while (!this.#isStopped && this.#underWay.size >= concurrency) await this.#nap(LONGEST_PAUSE)
    while (!this.#isStopped && this.#begins > now()) await this.#nap(this.#begins - now())
    if (pace !== undefined) this.#begins = Math.max(this.#begins, now()) + 1_000 / pace
  }

  /** Whether the pace of its batch lets a refund start. */
  async #hasTurn([, , batch]: Due): Promise<boolean> {
    if (batch === null) return true
    const many = Math.max(1, this.#plan.concurrency - this.#underWay.size)
    try {
      return await this.#turns.use(batch, () => this.#look<Taken>('turns', { batch, many }))
    } catch (error) {
      await this.#fail('the look for the pace of a batch', error)
      return false
    }
  }

  #begin([key, tid, batch]: Due): void {
    this.#underWay.set(key, tid)
    processed(this.#ledger, key, { waitMs: undefined, signal: undefined }, batch !== null)
      .then(
        ({ isMoved }) => {
          if (batch !== null && !isMoved) this.#turns.unused(batch)
          this.#end(key, isMoved)
        },
        (error: unknown) => this.#failed(key, error),
      )
      .finally(() => {
        this.#underWay.delete(key)
        this.#stir()
      })
  }

  #end(key: string, isMoved: boolean): void {
    if (!isMoved) {
      this.#missed += 1
      // Another has the payment, or was faster.
      this.#rest(key, Math.min(LEAST_POLL * 2 ** count(this.#vain, key), this.#plan.pollMs))
      return
    }
    this.#failures.delete(key)
    this.#vain.delete(key)
    this.#resting.delete(key)
    this.#processed += 1
  }

  #failed(key: string, error: unknown): void {
    if (this.#isStopped) return
    const wait = Math.min(PAUSE * 2 ** count(this.#failures, key), LONGEST_PAUSE)
    this.#rest(key, wait)
    this.#tell(`refund ${key}`, wait, error)
  }

  #rest(key: string, milliseconds: number): void {
    this.#resting.set(key, now() + milliseconds)
  }

  /** Forgets what is due no longer. */
  #forget(due: readonly Due[]): void {
    const still = new Set(due.map(([key]) => key))
    for (const known of [this.#failures, this.#vain, this.#resting]) {
      for (const key of known.keys()) if (!still.has(key)) known.delete(key)
    }
  }

  async #fail(what: string, error: unknown): Promise<void> {
    this.#tell(what, this.#pause, error)
    const until = now() + this.#pause
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE)
    while (!this.#isStopped && until > now()) await this.#nap(until - now())
  }

  #worked(): void {
    this.#pause = PAUSE
    if (this.#failures.size === 0) this.#told.clear()
  }

  /** Tells of each kind of error once, until the store works again. */
  #tell(what: string, wait: number, error: unknown): void {
    const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown }
    const kind = `${String(name)} ${String(code)}`
    if (this.#told.has(kind)) return
    this.#told.add(kind)
    failed(what, wait, error)
  }

  #stir(): void {
    this.#isStirred = true
    this.#stirs += 1
    this.#wake?.()
  }

  /** Waits so long at most: until something has ended, or the run is stopped. */
  async #nap(milliseconds: number): Promise<void> {
    const stirs = this.#stirs
    if (this.#looks.isDue) await this.#health().catch(() => undefined)
    if (stirs !== this.#stirs) return
    let callOff: (() => void) | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      callOff = alarm(Math.min(milliseconds, this.#looks.longest), resolve)
    })
    this.#wake = undefined
    callOff?.()
  }
}

/** Puts a list into an order at random. */
function shuffle(list: unknown[]): void {
  for (let last = list.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1))
    const one = list[last]
    list[last] = list[other]
    list[other] = one
  }
}

/** Counts one more of `key`, and gives how many there were before. */
function count(counts: Map<string, number>, key: string): number {
  const before = counts.get(key) ?? 0
  counts.set(key, before + 1)
  return before
}

/** Whether no later look can go better. */
function isMisuse(error: unknown): boolean {
  return error instanceof InvalidRequestError || (error instanceof RefundsError && error.kind === 'schema')
}
