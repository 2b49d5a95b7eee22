// Does what the command `refunds` asks for; what is said of it is the same in every language.

import { writeSync } from 'node:fs'

import { Client } from '../client.js'
import { PaywelcomeError } from '../errors.js'
import { native } from '../native.js'
import type { ClientOptions } from '../settings.js'
import { take } from './steps.js'
import { RefundsError } from './error.js'
import { Ledger } from './ledger.js'
import { MissingDriver, opened, type StoreNamed } from './opened.js'
import { Refunds, type RefundsOptions } from './refunds.js'
import type { Store } from './store.js'
import { runAlone } from './statements.js'
import { carried } from './work.js'

/** What is to be done, as the native half says it. */
interface Command {
  verb: string
  client: ClientOptions
  policy: RefundsOptions
  forget: string[]
  store: StoreNamed
  asks: boolean
  waiting: string | null
  action: { name: 'init' | 'request' | 'process' | 'run' | 'resolve' | 'restored'; arguments: Arguments } | null
  looks: Record<string, [verb: string, values: Record<string, unknown>]>
}

type Arguments = { key: string; ruling: string; since: number; [name: string]: unknown }

/** Runs what follows `refunds` on the command line, and gives the exit code. */
export async function run(program: string, args: string[]): Promise<number> {
  const text = native.refundsPrepare(program, args)
  if (typeof text === 'number') return text
  const command = JSON.parse(text) as Command
  for (const name of command.forget) delete process.env[name]
  let began = false
  let result: object
  try {
    const { store, close } = await opened(command.store)
    const client = new Client(command.client)
    try {
      const ledger = new Ledger(client, store, { ...command.policy }, [])
      if (command.verb !== 'init') await look(ledger, 'check', {})
      if (command.asks) {
        const said = native.refundsConfirm(text, JSON.stringify(await looked(ledger, command)))
        if (said !== null) return said
      }
      began = true
      const gives = await done(new Refunds<Store>(client, store, command.policy), command)
      result = { action: gives, ...(await looked(ledger, command)) }
    } finally {
      await client.close()
      await close()
    }
  } catch (error) {
    result = { error: { ...told(error), began } }
  }
  return native.refundsFinish(text, JSON.stringify(result))
}

/** Does what is to be done; of a run it gives how many were processed, after a restore how many are doubted. */
async function done(refunds: Refunds<Store>, { action, waiting }: Command): Promise<number | null> {
  if (action === null) return null
  const stop = new AbortController()
  if (waiting !== null) {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        stop.abort()
        writeSync(2, waiting)
      })
    }
  }
  const { key, ruling, ...rest } = action.arguments
  switch (action.name) {
    case 'init':
      await refunds.init()
      break
    case 'request':
      await refunds.request(action.arguments as unknown as Parameters<typeof refunds.request>[0])
      break
    case 'process':
      await refunds.process(key)
      break
    case 'resolve':
      await refunds.resolve(key, ruling as Parameters<typeof refunds.resolve>[1], rest as unknown as Parameters<typeof refunds.resolve>[2])
      break
    case 'restored':
      return refunds.restored(new Date(action.arguments.since))
    case 'run':
      return refunds.run({ ...rest, signal: stop.signal })
  }
  return null
}

/** Looks at what is stored now, in the words of the ledger. */
async function looked(ledger: Ledger, { looks }: Command): Promise<object> {
  const found: Record<string, unknown> = {}
  for (const [name, [verb, values]] of Object.entries(looks)) found[name] = await look(ledger, verb, values)
  return { looks: found }
}

async function look(ledger: Ledger, verb: string, values: Record<string, unknown>): Promise<unknown> {
  return take(carried<unknown>(ledger.start(verb, values), (all) => runAlone(ledger.store, all)))
}

function told(error: unknown): object {
  if (error instanceof MissingDriver) return { kind: 'driver', message: error.message }
  if (error instanceof RefundsError) return { kind: error.kind, message: error.message, until: error.until?.getTime() ?? null }
  if (error instanceof PaywelcomeError) return { kind: error.kind, message: error.message, errors: error.errors }
  return { message: String(error) }
}
