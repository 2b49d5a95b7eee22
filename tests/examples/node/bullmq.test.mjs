import { after } from 'node:test'
import { engine } from './engine.mjs'
import { everyQueue } from './queue.mjs'

const postgres = await engine('postgres', after)
const redis = await engine('redis', after)

everyQueue('BullMQ', 'bullmq', { ...postgres, skip: postgres.skip || redis.skip }, {
  REDIS_HOST: redis.host,
  REDIS_PORT: String(redis.port),
})
