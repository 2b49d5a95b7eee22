import { after } from 'node:test'
import { engine } from './engine.mjs'
import { everyQueue } from './queue.mjs'

everyQueue('pg-boss', 'pg-boss', await engine('postgres', after), {})
