// `paywelcome/refunds/bullmq`: refunds on the queues of BullMQ.

export {
  bullmqProcessor,
  type RefundJob,
  type RefundJobData,
  type RefundJobOptions,
  type RefundQueue,
  sweep,
  sweepEvery,
  type SweepEveryOptions,
  type SweepOptions,
  wake,
} from './refunds/bullmq.js'
