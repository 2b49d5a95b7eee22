// PostgreSQL through pg, the ledger's own pool and a caller's client.

import { after } from 'node:test'

import pg from 'pg'

import { pgStore } from '../../../bindings-node/dist/refunds.mjs'
import { checkCases } from './checked.mjs'
import { engine } from './engine.mjs'

const postgres = await engine('postgres', after)

checkCases(
  'pgStore',
  () => {
    const pool = new pg.Pool({ connectionString: postgres.url })
    pool.on('error', () => {})
    const caller = async (work) => {
      const client = await pool.connect()
      try {
        await client.query('BEGIN')
        await work(pgStore(client))
        await client.query('COMMIT')
      } catch (error) {
        await client.query('ROLLBACK')
        throw error
      } finally {
        client.release()
      }
    }
    return { make: () => pgStore(pool), caller, close: () => pool.end() }
  },
  { skip: postgres.skip },
)
