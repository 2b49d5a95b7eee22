// The same module for `import`.

export { bullmqProcessor, sweep, sweepEvery, wake } from './bullmq.js'
export type {
  RefundJob,
  RefundJobData,
  RefundJobOptions,
  RefundQueue,
  SweepEveryOptions,
  SweepOptions,
} from './bullmq.js'
