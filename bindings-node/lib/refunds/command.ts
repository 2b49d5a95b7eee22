// Does what the command `refunds` asks for; what is said of it is the same in every language.

import { channel } from 'node:diagnostics_channel'
import { writeSync } from 'node:fs'

import { Client } from '../client.js'
import { PaywelcomeError } from '../errors.js'
import { native, type NativeRefundsSession, type NativeRunning } from '../native.js'
import type { ClientOptions } from '../settings.js'
import { type Steps, take } from './steps.js'
import { RefundsError } from './error.js'
import { Ledger } from './ledger.js'
import { MissingDriver, opened, type Opened, type StoreNamed } from './opened.js'
import { pause } from './pause.js'
import { Refunds, type RefundsOptions } from './refunds.js'
import type { RunOptions } from './run.js'
import { runAlone, runWithin, type Statement } from './statements.js'
import type { Rows } from './store.js'
import type { RefundTransition } from './telling.js'
import { carried } from './work.js'

/** What a session asks for: its name, and what belongs to it. */
type Ask =
  | ['open', Settings]
  | ['verb' | 'within', verb: string, values: Record<string, unknown>]
  | ['lines', verbs: [name: string, values: Record<string, unknown>][]]
  | ['process', key: string, waiting: string]
  | ['run', options: RunOptions, waiting: string]
  | ['pause', seconds: number]
  | ['columns']
  | ['over', code: number]

interface Settings {
  client: ClientOptions
  forget: string[]
  store: StoreNamed
  policy: RefundsOptions
}

/** Runs what follows `refunds` on the command line, and gives the exit code. */
export async function run(program: string, args: string[]): Promise<number> {
  const session = new native.RefundsSession(program, args)
  const host = new Host(session)
  let given: string | undefined
  for (;;) {
    const last = given
    const ask = JSON.parse(await new Promise<string>((asked) => session.next(last, asked))) as Ask
    if (ask[0] === 'over') {
      await host.close()
      return ask[1]
    }
    try {
      given = JSON.stringify({ value: (await host.does(ask)) ?? null })
    } catch (error) {
      given = JSON.stringify({ error: told(error) })
    }
  }
}

type Run = (statements: readonly Statement[]) => Rows | Promise<Rows>

/** Does what a session asks for. */
class Host {
  readonly #session: NativeRefundsSession
  #store!: Opened
  #client!: Client
  #ledger!: Ledger
  #refunds!: Refunds

  constructor(session: NativeRefundsSession) {
    this.#session = session
  }

  async does(ask: Exclude<Ask, ['over', number]>): Promise<unknown> {
    switch (ask[0]) {
      case 'open':
        return this.#open(ask[1])
      case 'verb':
        return take(carried<unknown>(this.#ledger.start(ask[1], ask[2]), (all) => runAlone(this.#store.store, all)))
      case 'within': {
        const running = this.#ledger.start(ask[1], ask[2])
        return this.#store.store.transaction((query) => take(carried<unknown>(running, (all) => runWithin(query, all))))
      }
      case 'lines': {
        const running = this.#ledger.startLines(this.#session)
        return this.#store.store.transaction((query) => take(this.#written(running, ask[1], (all) => runWithin(query, all))))
      }
      case 'process':
        interrupted(ask[2])
        await this.#refunds.process(ask[1])
        return null
      case 'pause':
        return pause(ask[1] * 1_000)
      case 'columns':
        return process.stdout.columns ?? 80
      case 'run':
        channel('paywelcome:refund').subscribe(logged)
        return this.#refunds.run({ ...ask[1], signal: interrupted(ask[2]) })
    }
  }

  async #open({ client, forget, store, policy }: Settings): Promise<void> {
    for (const name of forget) delete process.env[name]
    this.#store = await opened(store)
    this.#client = new Client(client)
    this.#ledger = new Ledger(this.#client, this.#store.store, { ...policy }, [])
    this.#refunds = new Refunds(this.#client, this.#store.store, policy)
  }

  /** Writes refunds down, and then carries verbs to their ends. */
  *#written(running: NativeRunning, verbs: [name: string, values: Record<string, unknown>][], run: Run): Steps<unknown> {
    const told = yield* carried<unknown>(running, run)
    for (const [name, values] of verbs) yield* carried<unknown>(this.#ledger.start(name, values), run)
    return told
  }

  /** Closes what was opened: what was sent is recorded before the store is closed. */
  async close(): Promise<void> {
    await this.#client?.close()
    await this.#store?.close()
  }
}

/** Returns a signal that one fires who interrupts, who is told what is waited for. */
function interrupted(waiting: string): AbortSignal {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stop.abort()
      said(waiting)
    })
  }
  return stop.signal
}

/** Writes to standard error. Whoever reads it may be gone, such as `tee` at Ctrl-C, which must not end what is under way. */
function said(text: string): void {
  try {
    writeSync(2, text)
  } catch {
    // Nobody is there to be told.
  }
}

/** Writes a transition as a line, but for what a process warning tells. */
function logged(message: unknown): void {
  const { level, line } = message as RefundTransition
  if (level === 'info') said(`${new Date().toISOString()} INFO ${line}\n`)
}

function told(error: unknown): object {
  if (error instanceof MissingDriver) return { kind: 'driver', message: error.message }
  if (error instanceof RefundsError) return { kind: error.kind, message: error.message, until: error.until?.getTime() ?? null }
  if (error instanceof PaywelcomeError) return { kind: error.kind, message: error.message, errors: error.errors }
  return { message: String(error) }
}
