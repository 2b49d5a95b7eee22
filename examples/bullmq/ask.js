// What a web server calls for a refund that somebody asks for.

import { pgStore } from 'paywelcome/refunds'
import { wake } from 'paywelcome/refunds/bullmq'

import { pool, queue, refunds } from './refunding.js'

// [region: ask]
export async function ask({ id, tid, paid }, number, amount) {
  const key = `order-${id}-${number}` // number: the page's own, so that a form that is posted twice is one refund
  const connection = await pool.connect()
  try {
    await connection.query('BEGIN')
    await connection.query('UPDATE orders SET asked = asked + 1 WHERE id = $1', [id]) // your own rows
    await refunds.request({ key, tid, amount, paid, payType: 'card' }, pgStore(connection))
    await connection.query('COMMIT')
  } catch (error) {
    await connection.query('ROLLBACK')
    throw error
  } finally {
    connection.release()
  }
  await wake(queue, key) // after the commit; it may get lost
  return key
}
// [end]
