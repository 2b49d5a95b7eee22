// A server of an example, as its own process, and its page asked over HTTP.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PGlite } from '@electric-sql/pglite'
import { SCHEMA } from 'node-refunds'

const home = import.meta.dirname

/** A folder with the shop's tables: a copy of one that is made once, since making it takes seconds. */
export function freshData() {
  const folder = mkdtempSync(join(tmpdir(), 'paywelcome-shop-'))
  folders.push(folder)
  cpSync(join(home, 'shop-template'), folder, { recursive: true })
  return folder
}

const folders = []
process.once('exit', () => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })))

export async function makeTemplate() {
  const database = await PGlite.create(join(home, 'shop-template'))
  await database.exec(SCHEMA)
  await database.close()
}

/** What became of the refunds of a server that has ended. */
export async function writtenDown(data) {
  const database = await PGlite.create(data)
  const { rows } = await database.query('SELECT status FROM refunds ORDER BY id')
  await database.close()
  return rows.map(({ status }) => status)
}

export class Shop {
  static async start({ folder, command }, gateway, data) {
    const shop = new Shop()
    const plain = Object.entries(process.env).filter(([name]) => !name.startsWith('PAYWELCOME_'))
    const env = { ...Object.fromEntries(plain), ...gateway.environment, SHOP_DATA: data, PORT: '0', NEXT_MANUAL_SIG_HANDLE: 'true' }
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
    assert.match(answer.headers.get('content-type'), /json/, text)
    return { ...JSON.parse(text), code: answer.status }
  }

  async sell(gateway, price = 12000) {
    const tid = gateway.approve({ price })
    const { id } = await this.ask('orders', { tid, payType: 'card', price })
    return { id, tid }
  }

  refund(order, amount = 12000, remaining = 12000) {
    return this.ask(`orders/${order.id}/refunds`, { amount, remaining })
  }

  /** Asks for a refund, and closes the connection once the gateway has it and before it answers. */
  async askAndLeave(order, gateway) {
    const headers = { 'Content-Type': 'application/json' }
    const asking = request(`${this.url}/orders/${order.id}/refunds`, { method: 'POST', headers, agent: false })
    asking.on('error', () => {})
    asking.end(JSON.stringify({ amount: 12000, remaining: 12000 }))
    await gateway.waitFor(() => gateway.executions > 0, { timeoutMs: 60_000 })
    const left = new Promise((resolve) => asking.once('close', resolve))
    asking.destroy()
    await left
  }

  async open() {
    return (await fetch(`${this.url}/refunds/open`)).json()
  }
}

