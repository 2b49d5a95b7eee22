// BullMQ's own queues, workers and jobs are taken as they are. This is compiled, never run.

import { type Job, Queue, Worker } from 'bullmq'
import { bullmqProcessor, type RefundJobData, sweep, sweepEvery, wake } from '../../../../bindings-node/dist/bullmq.mjs'
import type { AsyncStore, Refunds, RefundState, SyncStore } from '../../../../bindings-node/dist/refunds.mjs'

declare const refunds: Refunds
declare const onPool: Refunds<AsyncStore>
declare const onFile: Refunds<SyncStore>

const connection = { host: '127.0.0.1' }
const queue = new Queue('refunds', { connection })
const typed = new Queue<RefundJobData, RefundState, 'refund'>('refunds', { connection })

new Worker('refunds', bullmqProcessor(refunds), { connection, concurrency: 8 })
new Worker<RefundJobData, RefundState>('refunds', bullmqProcessor(onPool), { connection })
// As a class of @nestjs/bullmq does.
const process = bullmqProcessor(onFile)
export const nest = (job: Job<RefundJobData>, token?: string): Promise<RefundState> => process(job, token)

export const woken: boolean = await wake(queue, 'refund-17')
await wake(typed, 'refund-17')
export const found: number = await sweep(queue, onPool, { limit: 100, batch: 'concert-17' })
await sweepEvery(typed, onFile, { everyMs: 5_000, signal: AbortSignal.timeout(1) })

// @ts-expect-error: a worker is not a queue
await wake(new Worker('refunds'), 'refund-17')
// @ts-expect-error: a refund is woken by its key
await wake(queue, { key: 'refund-17' })
// @ts-expect-error: no such option
await sweep(queue, refunds, { everyMs: 5_000 })
