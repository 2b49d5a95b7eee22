// What a merchant's compiler holds of refunds that are kept. This is compiled, never run.

import { type Client, InvalidRequestError } from 'paywelcome'
import {
  type AsyncStore,
  type JournalEntry,
  type Refund,
  type RefundCount,
  Refunds,
  RefundsError,
  type RefundState,
  type Requested,
  schema,
  type Store,
  type SyncStore,
} from 'paywelcome/refunds'

/** Holds where the two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <T extends true>(): T | undefined => undefined

declare const client: Client
declare const sync: SyncStore
declare const pool: AsyncStore
declare const own: Store
const asked = { key: 'refund-17', tid: 't', amount: 3000n, paid: '12,000', payType: 'card', remaining: null } as const

// A synchronous store gives values, another promises, and of a store of the merchant's own nobody knows.
const onSync = new Refunds(client, sync).request(asked)
holds<Same<typeof onSync, Refund>>()
const onPool = new Refunds(client, pool, { confirmPriceEnforced: true, quietMs: 600_000 })
const { confirmPriceEnforced } = new Refunds(client, pool, { rehearsal: 'rehearsal.json' })
holds<Same<typeof confirmPriceEnforced, boolean>>()
new Refunds(client, pool, { rehearsal: new URL('file:///srv/rehearsal.json') })
new Refunds(client, pool, { rehearsal: { format: 'paywelcome-rehearsal', version: 1 } })
// @ts-expect-error: no path
new Refunds(client, pool, { rehearsal: 17 })
const promised = onPool.request(asked)
holds<Same<typeof promised, Promise<Refund>>>()
const either = new Refunds(client, own).request(asked)
holds<Same<typeof either, Refund | Promise<Refund>>>()
const within = onPool.request(asked, sync)
holds<Same<typeof within, Refund>>()
const many = onPool.requestMany([asked], { batch: 'concert-17' })
holds<Same<typeof many, Promise<Requested>>>()
const manyWithin = onPool.requestMany([asked], { store: sync })
holds<Same<typeof manyWithin, Requested>>()

// @ts-expect-error: a refund has a key
onPool.request({ tid: 't', amount: 1, paid: 1, payType: 'card' })
// @ts-expect-error: no such argument
onPool.request({ ...asked, confirmPrice: 9000 })
// @ts-expect-error: no store
new Refunds(client, {})
// @ts-expect-error: no such option
new Refunds(client, pool, { quiet: 600 })

const refund: Refund = await onPool.process('refund-17', { waitMs: 2_000, signal: AbortSignal.timeout(1) })
holds<Same<typeof refund.state, RefundState>>()
holds<Same<typeof refund.requestedAt, Date>>()
holds<Same<typeof refund.endedAt, Date | null>>()
holds<Same<typeof refund.isEnded, boolean>>()
refund.review?.ko.lookFor.join('\n') satisfies string | undefined
refund.review?.en.rulings.retry satisfies string | undefined
// @ts-expect-error: it stays as it was read
refund.amount = 1
// @ts-expect-error: nobody's state
refund.state === 'failed'
await onPool.resolve('refund-17', 'done', { by: 'Kim', remaining: 9_000 })
// @ts-expect-error: somebody decides
await onPool.resolve('refund-17', 'void', {})
// @ts-expect-error: no such ruling
await onPool.resolve('refund-17', 'maybe', { by: 'Kim' })
const entries: JournalEntry[] = await onPool.attempts('refund-17')
const keys: string[] = await onPool.due(10, { batch: 'concert-17' })
const waiting: Refund[] = await onPool.inReview()
const counts: Readonly<Record<RefundState, RefundCount>> = await onPool.counts()
const moved: number = await onPool.run({ pace: 5, concurrency: 8, signal: AbortSignal.timeout(1), untilIdle: true })
const doubted: number = await onPool.restored(new Date())
// @ts-expect-error: an instant, not a text
await onPool.restored('2026-01-01')
schema('postgres') satisfies string
// @ts-expect-error: no such dialect
schema('oracle')

const caught: unknown = undefined
if (caught instanceof RefundsError) caught.until satisfies Date | null
if (caught instanceof InvalidRequestError) caught.errors satisfies readonly { field: string }[]
export const all = [entries, keys, waiting, counts, moved, doubted]
