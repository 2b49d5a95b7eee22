// What works on refunds is started from: one client's refunds in one store.

import { randomBytes } from 'node:crypto'

import { exact } from '../arguments.js'
import { type Client, insideOf } from '../client.js'
import type { OpenCalls } from '../closing.js'
import { native, type NativeClient, type NativeRefunds, type NativeRefundsSession, type NativeRunning, type Values } from '../native.js'
import type { FieldError } from '../outcome.js'
import { packed } from '../packing.js'
import { refusalError } from './error.js'
import { type AskedRow, ASKED } from './asked.js'
import type { Store } from './store.js'

/** One client's refunds in one store. */
export class Ledger {
  readonly client: Client
  readonly store: Store
  /** What is under way for the client: what a close waits for. */
  readonly open: OpenCalls
  readonly #native: NativeRefunds

  /** Throws where a setting is wrong. */
  constructor(client: Client, store: Store, settings: Values, findings: FieldError[]) {
    const inside = insideOf(client)
    this.client = client
    this.store = store
    this.open = inside.open
    this.#native = opened(inside.native, store.dialect, exact(settings), findings)
  }

  /** Milliseconds for which a worker has a refund to itself. */
  get lease(): number {
    return this.#native.lease
  }

  /** Whether a refund without an answer is resent automatically. */
  get confirmPriceEnforced(): boolean {
    return this.#native.confirmPriceEnforced
  }

  /** What is worth a warning when they were opened. */
  get warning(): string | null {
    return this.#native.warning
  }

  /** Starts what a verb names; throws where an argument is wrong. */
  start(verb: string, values: Values, findings: FieldError[] = []): NativeRunning {
    return started(this.#native.start(verb, seed(), exact(values), findings))
  }

  /** Starts to write one refund down. */
  startOne({ values, findings }: AskedRow): NativeRunning {
    return started(this.#native.start('request', seed(), packed(ASKED, values) ?? exact(values), findings))
  }

  /** Starts to record what a command line has read. */
  startLines(session: NativeRefundsSession): NativeRunning {
    return started(this.#native.startLines(seed(), session))
  }

  /** Starts to write many refunds down. */
  startMany(rows: readonly AskedRow[], findings: FieldError[]): NativeRunning {
    return started(this.#native.startMany(seed(), together(rows) ?? rows.map(({ values }) => exact(values)), findings))
  }
}

function opened(client: NativeClient, dialect: unknown, settings: Values, findings: FieldError[]): NativeRefunds {
  const made = native.openRefunds(client, String(dialect), settings, findings)
  if (typeof made === 'string') throw refusalError(made)
  return made
}

function started(running: NativeRunning | string): NativeRunning {
  if (typeof running === 'string') throw refusalError(running)
  return running
}

/** A number that nobody else has. */
function seed(): string {
  return randomBytes(8).toString('hex')
}

/** Packs rows, where each can be. */
function together(rows: readonly AskedRow[]): string | undefined {
  const texts: string[] = []
  for (const { values } of rows) {
    const text = packed(ASKED, values)
    if (text === undefined) return undefined
    texts.push(text)
  }
  return texts.join('')
}
