// Metrics of OpenTelemetry for refunds, where the program has set it up.

import { apart } from '../warning.js'
import { isNeverBegun, words } from './answer.js'
import type { Health, OpenState, PauseReason } from './health.js'
import { now } from './pause.js'
import type { Refund } from './refund.js'

/** As much as is used of what a program registers with `@opentelemetry/api` 1.x. */
interface Registered {
  metrics?: MeterProvider
}

interface MeterProvider {
  getMeter(name: string): Meter
}

interface Meter {
  createCounter(name: string, options: object): { add(value: number, attributes: Attributes): void }
  createHistogram(name: string, options: object): { record(value: number, attributes: Attributes): void }
  createObservableGauge(name: string, options: object): { addCallback(observe: (result: Observed) => void): void }
}

interface Observed {
  observe(value: number, attributes: Attributes): void
}

type Attributes = Record<string, string>

/** What a copy of the API keeps for all others, once something was registered: see tracing.ts. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1')

/** Milliseconds for which what was seen of the store is shown. */
const FRESH = 120_000
/** Milliseconds between two looks of a run. */
const EVERY = 10_000
/** Upper limits in seconds: a gateway takes from some hundredths of a second to the client's time limit. */
const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60]

const REASONS: readonly PauseReason[] = ['person', 'in_a_row', 'share']

/** What was seen of a merchant's refunds, and when by either clock; the store may have failed since. */
const seenOf = new Map<string, { at: number; date: number; health: Health | undefined }>()
const made = new WeakMap<MeterProvider, Instruments>()

/** Whether somebody measures. */
export function isMeasured(): boolean {
  return provider() !== undefined
}

/** Counts a transition. */
export function counted({ mid, state, outcome, kind }: Refund, from: string): void {
  measure(({ transitions }) => {
    const ended = { ...(outcome !== null && { 'paywelcome.outcome': outcome }), ...errorType(outcome, kind) }
    transitions.add(1, { 'paywelcome.mid': mid, 'paywelcome.refund.from': from, 'paywelcome.refund.to': state, ...ended })
  })
}

/** Measures an attempt that has ended. */
export function attempted(mid: string, operation: string, end: unknown, milliseconds: number): void {
  if (isNeverBegun(end)) return
  measure(({ duration }) => {
    const { outcome, kind = null } = words(end)
    const ended = { 'paywelcome.outcome': outcome, ...errorType(outcome, kind) }
    duration.record(Math.max(0, milliseconds) / 1_000, { 'paywelcome.mid': mid, 'paywelcome.operation': operation, ...ended })
  })
}

/** Shows what was seen of a merchant's refunds, for a while; nothing where the store failed. */
export function seen(mid: string, health: Health | undefined): void {
  const before = seenOf.get(mid)
  if (health !== undefined) measure(() => seenOf.set(mid, { at: now(), date: Date.now(), health }))
  else if (before !== undefined) before.health = undefined
}

/** When a run looks at the store for those who measure. */
export class Looks {
  #next = 0

  /** Whether to look now; it counts on that. */
  get isDue(): boolean {
    if (now() < this.#next || !isMeasured()) return false
    this.#next = now() + EVERY
    return true
  }

  /** How long a wait may be at most, so that no look is missed. */
  get longest(): number {
    return isMeasured() ? Math.max(0, this.#next - now()) : Number.POSITIVE_INFINITY
  }
}

class Instruments {
  readonly transitions
  readonly duration

  constructor(meter: Meter) {
    const refunds = '{refund}'
    const transitions = { unit: refunds, description: 'Refunds that came from a state to another.' }
    this.transitions = meter.createCounter('paywelcome.refund.transitions', transitions)
    const description = 'From the claim of a refund to the end of its attempt.'
    const duration = { unit: 's', description, advice: { explicitBucketBoundaries: SECONDS } }
    this.duration = meter.createHistogram('paywelcome.refund.attempt.duration', duration)
    gauge(meter, 'paywelcome.refund.open', refunds, 'Refunds that have not ended.', ({ open }, show) => {
      for (const state of Object.keys(open) as OpenState[]) show(open[state].refunds, { 'paywelcome.refund.state': state })
    })
    const oldest = 'How long the oldest in review has waited.'
    gauge(meter, 'paywelcome.refund.review.oldest', 's', oldest, ({ reviewOldestMs }, show) => show((reviewOldestMs ?? 0) / 1_000))
    const lag = 'For how long a worker could have continued with a refund.'
    gauge(meter, 'paywelcome.refund.due.lag', 's', lag, ({ dueLagMs }, show) => show((dueLagMs ?? 0) / 1_000))
    const paused = 'Batches that are paused, with refunds to come.'
    gauge(meter, 'paywelcome.refund.batch.paused', '{batch}', paused, (health, show) => {
      const why = Object.values(health.paused)
      for (const reason of REASONS) show(why.filter((each) => each === reason).length, { 'paywelcome.refund.pause.reason': reason })
    })
    // It is told on, so that everybody sees where nobody looks.
    const seen = { unit: 's', description: 'When the store was last seen, in seconds since 1970.' }
    meter.createObservableGauge('paywelcome.refund.seen', seen).addCallback((result) => {
      for (const [mid, { date }] of seenOf) result.observe(date / 1_000, { 'paywelcome.mid': mid })
    })
  }
}

function gauge(
  meter: Meter,
  name: string,
  unit: string,
  description: string,
  shown: (health: Health, show: (value: number, about?: Attributes) => void) => void,
): void {
  meter.createObservableGauge(name, { unit, description }).addCallback((result) => {
    for (const [mid, { at, health }] of seenOf) {
      if (health === undefined || now() - at >= FRESH) continue
      shown(health, (value, about) => result.observe(value, { 'paywelcome.mid': mid, ...about }))
    }
  })
}

function errorType(outcome: string | null, kind: string | null): Attributes {
  return (outcome === 'not_sent' || outcome === 'unknown') && kind !== null ? { 'error.type': kind } : {}
}

function provider(): MeterProvider | undefined {
  return (globalThis as { [REGISTERED]?: Registered })[REGISTERED]?.metrics
}

/** Whatever a meter does, it changes nothing of a refund. */
function measure(run: (instruments: Instruments) => unknown): void {
  const registered = provider()
  if (registered === undefined) return
  apart('a metric', 'PAYWELCOME_METRIC', () => {
    let instruments = made.get(registered)
    if (instruments === undefined) made.set(registered, (instruments = new Instruments(registered.getMeter('paywelcome'))))
    run(instruments)
  })
}
