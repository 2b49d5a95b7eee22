// Orders and their refunds, in PostgreSQL: what the examples of the frameworks share.

import { Client } from 'paywelcome'

export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS orders (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tid text NOT NULL UNIQUE,
    pay_type text NOT NULL,
    price integer NOT NULL,
    remaining integer NOT NULL,               -- not refunded yet
    refunding boolean NOT NULL DEFAULT false  -- has a refund whose end is not known
  );
  CREATE TABLE IF NOT EXISTS refunds (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id integer NOT NULL REFERENCES orders,
    amount integer NOT NULL CHECK (amount > 0),
    remaining integer NOT NULL,               -- what remains of the order after it
    status text NOT NULL DEFAULT 'sending',   -- sending, unknown; done, declined, not_sent, void
    detail text NOT NULL DEFAULT '',
    claimed_at timestamptz NOT NULL DEFAULT now()
  );`

// [region: statements]
// Each is one statement, and so one transaction of its own: none is open while the gateway is asked.

// `remaining` is what the one who asks has seen as not refunded yet. Whoever is second, by a double click, a reload or
// another server, changes no row.
const CLAIM = `
  WITH claimed AS (
    UPDATE orders SET refunding = true
    WHERE id = $1 AND NOT refunding AND remaining = $3 AND remaining >= $2
    RETURNING id, tid, pay_type, price
  ), added AS (
    INSERT INTO refunds (order_id, amount, remaining) SELECT id, $2::integer, $3::integer - $2::integer FROM claimed
    RETURNING id, amount, remaining
  )
  SELECT added.*, tid, pay_type, price FROM added, claimed`

// Once: an open end keeps the order from being refunded again.
const RECORD = `
  WITH ended AS (
    UPDATE refunds SET status = $2, detail = $3 WHERE id = $1 AND status IN ('sending', 'unknown')
    RETURNING order_id, remaining
  ), freed AS (
    UPDATE orders SET refunding = false, remaining = CASE $2 WHEN 'done' THEN ended.remaining ELSE orders.remaining END
    FROM ended WHERE orders.id = ended.order_id AND $2 <> 'unknown'
  )
  SELECT order_id FROM ended`
// [end]

const OPEN = `
  SELECT refunds.id, status, tid, amount, detail, claimed_at FROM refunds JOIN orders ON orders.id = order_id
  WHERE status IN ('sending', 'unknown') ORDER BY refunds.id`

// No person decides while the request may still be under way.
const QUIET = `SELECT id FROM refunds WHERE id = $1 AND claimed_at < now() - interval '5 minutes'`

// [region: refunds]
export class Refunds {
  #database
  #client
  #underWay = new Set()

  /** `database` is a `Pool` of pg, or whatever else has its `query`. The keys are in the environment. */
  constructor(database, client = new Client({ timeoutMs: 20_000 })) {
    this.#database = database
    this.#client = client
  }

  /** Claims, sends and writes down; gives the outcome, or undefined where it may not be refunded. */
  refund(orderId, amount, remaining) {
    const refund = this.#refund(orderId, amount, remaining)
    this.#underWay.add(refund)
    const ended = () => this.#underWay.delete(refund)
    refund.then(ended, ended)
    return refund
  }

  async #refund(orderId, amount, remaining) {
    const [claimed] = await this.#query(CLAIM, [orderId, amount, remaining])
    if (!claimed) return undefined
    let outcome = 'done'
    let detail = ''
    try {
      await this.#ask(claimed)
    } catch (error) {
      outcome = error.outcome ?? 'unknown'
      detail = String(error)
    }
    await this.#record(claimed.id, outcome, detail)
    return outcome
  }

  // No signal: a browser that goes away is no reason to give up the wait for what may have left.
  #ask({ id, tid, pay_type: payType, price, amount, remaining }) {
    // The reference is never sent: errors, and what is still open at the end, give it back.
    const about = { reference: String(id) }
    if (amount === price) return this.#client.cancel({ payType, tid, price }, about)
    return this.#client.partialCancel({ payType, tid, cancelPrice: amount, confirmPrice: remaining }, about)
  }

  async #record(id, status, detail) {
    const [ended] = await this.#query(RECORD, [id, status, detail])
    if (!ended && status === 'done') console.error(`refund ${id} was done, but is written down otherwise: look at it`)
    return ended !== undefined
  }

  /** Waits for what is under way, written down and all: for the end of a server. */
  async close() {
    await Promise.allSettled(this.#underWay)
    for (const call of (await this.#client.close()) ?? []) console.error('still open at the end:', call)
  }
  // [end]

  /** Gives the refunds whose end is not known: a person looks each up in the merchant admin. */
  open() {
    return this.#query(OPEN, [])
  }

  /** Writes down what a person has found, 'done' or 'void'; false while the request may still be under way. */
  async rule(id, found) {
    const [quiet] = await this.#query(QUIET, [id])
    return quiet !== undefined && this.#record(id, found, 'looked up by a person')
  }

  /** Writes down an order that a customer has paid. */
  async sell({ tid, payType, price }) {
    const add = 'INSERT INTO orders (tid, pay_type, price, remaining) VALUES ($1, $2, $3, $3) RETURNING id'
    const [order] = await this.#query(add, [tid, payType, price])
    return order.id
  }

  async #query(statement, values) {
    return (await this.#database.query(statement, values)).rows
  }
}
