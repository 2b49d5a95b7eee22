// A server of an example, as its own process, and its page asked over HTTP.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'

const home = import.meta.dirname
const GUARD = 60_000 // generous, for a busy machine

/** The shop's database, of which each test has its own. */
export class Books {
  static #made = 0

  static async open(engine) {
    const books = new Books()
    const settings = { host: engine.host, port: engine.port, user: engine.user, password: engine.password }
    const database = `shop_${process.pid}_${++Books.#made}`
    const first = new pg.Client({ ...settings, database: engine.database })
    await first.connect()
    await first.query(`CREATE DATABASE ${database}`)
    await first.end()
    books.environment = {
      PGHOST: engine.host,
      PGPORT: String(engine.port),
      PGUSER: engine.user,
      PGDATABASE: database,
    }
    books.pool = new pg.Pool({ ...settings, database })
    await books.query('CREATE TABLE orders (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tid text, paid integer)')
    return books
  }

  async query(statement, ...values) {
    return (await this.pool.query(statement, values)).rows
  }

  async sell(gateway, paid = 12000) {
    const tid = gateway.approve({ price: paid })
    const [{ id }] = await this.query('INSERT INTO orders (tid, paid) VALUES ($1, $2) RETURNING id', tid, paid)
    return { id, tid }
  }

  async read(order, number = 1) {
    const [row] = await this.query('SELECT * FROM paywelcome_refund WHERE refund_key = $1', `order-${order.id}-${number}`)
    return row
  }

  /** Waits for what another process records; a database tells nobody. */
  async waitFor(wanted, order, number) {
    const last = Date.now() + GUARD
    for (;;) {
      const row = await this.read(order, number)
      if (Object.entries(wanted).every(([name, value]) => row?.[name] === value)) return
      assert.ok(Date.now() < last, JSON.stringify(row))
      await pause(20)
    }
  }

  /** Ends the refund's pause, and the lease of a worker that has died. */
  async hurry(order) {
    const changed = 'UPDATE paywelcome_refund SET due_at = 0, lease_over = 0 WHERE refund_key = $1 RETURNING 1'
    assert.equal((await this.query(changed, `order-${order.id}-1`)).length, 1)
  }

  close() {
    return this.pool.end()
  }
}

export class Shop {
  static async start({ folder, command }, gateway, books) {
    const shop = new Shop()
    const plain = Object.entries(process.env).filter(([name]) => !/^(PAYWELCOME_|PG)/.test(name))
    const settings = { ...gateway.environment, ...books.environment, PORT: '0', NEXT_MANUAL_SIG_HANDLE: 'true' }
    const env = { ...Object.fromEntries(plain), ...settings }
    shop.process = spawn(process.execPath, command, { cwd: join(home, folder), env, stdio: ['ignore', 'pipe', 'inherit'] })
    shop.ended = once(shop.process, 'exit')
    for await (const line of createInterface(shop.process.stdout)) {
      const [url] = /http:\/\/[\w.:[\]]+/.exec(line) ?? []
      if (/^listening on|Local:/.test(line) && url) {
        shop.process.stdout.resume()
        shop.url = url
        return shop
      }
    }
    throw new Error(`it never listened: ${await shop.ended}`)
  }

  async stop(signal = 'SIGTERM') {
    this.process.kill(signal)
    const [code, by] = await this.ended
    return code ?? by
  }

  /** Sends the signal until it ends: the next must come after the first was heard, which nothing outside tells. */
  async insist(signal) {
    const again = setInterval(() => this.process.kill(signal), 50)
    const ended = await this.stop(signal)
    clearInterval(again)
    return ended
  }

  async ask(path, body) {
    const options = body && { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
    const answer = await fetch(`${this.url}/${path}`, options)
    const text = await answer.text()
    return { code: answer.status, said: /json/.test(answer.headers.get('content-type')) ? JSON.parse(text) : text }
  }

  refund(order, amount = 12000, number = 1) {
    return this.ask(`orders/${order.id}/refunds`, { amount, number })
  }

  rule(order, ruling, remaining) {
    return this.ask(`refunds/order-${order.id}-1/ruling`, { ruling, remaining })
  }

  /** Asks for a refund, and closes the connection once the gateway has it and before it answers. */
  async askAndLeave(order, gateway, amount = 12000) {
    const headers = { 'Content-Type': 'application/json' }
    const asking = request(`${this.url}/orders/${order.id}/refunds`, { method: 'POST', headers, agent: false })
    asking.on('error', () => {})
    asking.end(JSON.stringify({ amount, number: 1 }))
    await gateway.waitFor(() => gateway.executions > 0, { timeoutMs: GUARD })
    const left = new Promise((resolve) => asking.once('close', resolve))
    asking.destroy()
    await left
  }
}
