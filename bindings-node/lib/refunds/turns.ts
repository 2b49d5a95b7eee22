// Turns of batches that have a pace, as one run takes and uses them.

import { now } from './pause.js'

/** Turns that were taken, or in how many milliseconds there are some again. */
export interface Taken {
  readonly taken: number
  readonly wait_ms: number
}

/** Milliseconds for which turns are good, and for which a batch that has none is left alone at most. */
const LONGEST = 1_000

/** The turns of one run. */
export class Turns {
  /** Until when batches that have none are left alone. */
  readonly #resting = new Map<string, number>()
  readonly #left = new Map<string, { turns: number; until: number }>()

  /** Batches that have no turn for a while. */
  get resting(): string[] {
    for (const [batch, until] of this.#resting) if (until <= now()) this.#resting.delete(batch)
    return [...this.#resting.keys()]
  }

  /** Milliseconds until the first of them has turns again, or `longest`. */
  until(longest: number): number {
    return Math.max(0, Math.min(longest, ...[...this.#resting.values()].map((until) => until - now())))
  }

  /** Uses a turn of a batch: one that was taken, or else of those that `take` takes. False where there is none. */
  async use(batch: string, take: () => Promise<Taken>): Promise<boolean> {
    if ((this.#resting.get(batch) ?? 0) > now()) return false
    if (this.#used(batch)) return true
    const { taken, wait_ms } = await take()
    // No longer than it takes to see that the pace has changed.
    if (taken === 0) this.#resting.set(batch, now() + Math.min(wait_ms, LONGEST))
    else this.#left.set(batch, { turns: taken, until: now() + LONGEST })
    return this.#used(batch)
  }

  /** Gives a turn back that was of no use, since another worker had the refund: it is good for another one. */
  unused(batch: string): void {
    this.#left.set(batch, { turns: (this.#left.get(batch)?.turns ?? 0) + 1, until: now() + LONGEST })
  }

  #used(batch: string): boolean {
    const left = this.#left.get(batch)
    if (left === undefined || left.turns === 0 || left.until <= now()) return false
    left.turns -= 1
    return true
  }
}
