// The refunds of one merchant, in a store of theirs.

import { reasonWith } from '../abort.js'
import { read } from '../arguments.js'
import { Client } from '../client.js'
import { native, type NativeRunning, type Values } from '../native.js'
import type { FieldError } from '../outcome.js'
import type { Amount } from '../requests.js'
import { warn } from '../warning.js'
import { ASKED, readRows, type RefundRequest } from './asked.js'
import { processed } from './attempt.js'
import { Batches } from './batches.js'
import type { RefundCount } from './count.js'
import { type Steps, take } from './steps.js'
import { JournalEntry } from './entry.js'
import { invalid, RefundsError } from './error.js'
import type { Given } from './given.js'
import { type Health, healthOf, type HealthTold } from './health.js'
import { Ledger } from './ledger.js'
import { seen } from './metrics.js'
import { patienceOf, planOf, type ProcessOptions } from './options.js'
import {
  type ReconcileOptions,
  type Reconciliation,
  reconciliationOf,
  type StatementRow,
  statementOf,
  type ToldReconciliation,
} from './reconciliation.js'
import { Refund } from './refund.js'
import { rehearsed } from './rehearsed.js'
import { Run, type RunOptions } from './run.js'
import { runAlone, runWithin, type Statement } from './statements.js'
import type { Query, Rows, Store } from './store.js'
import { moved } from './telling.js'
import type { Told } from './told.js'
import type { RefundState, Ruling } from './words.js'
import { carried, next } from './work.js'

/** How refunds are treated. */
export interface RefundsOptions {
  /**
   * That the gateway applies a partial cancel only if what it has left, less the amount, is `confirmPrice`, and decides so
   * atomically. Only then is a refund of unknown outcome sent again by itself, after the quiet time; otherwise it waits for a
   * person. `false` by default: ask the gateway in writing before you state it.
   */
  confirmPriceEnforced?: boolean | null | undefined
  /**
   * A file that `paywelcome rehearse` has written, as its path, a `file:` URL or its parsed JSON, in place of
   * `confirmPriceEnforced`. It counts if it has proven the same for the client's mid at the client's gateway, and only for refunds
   * of the pay type and currency of its payment. Otherwise nothing is sent again, and a process warning with the code
   * `PAYWELCOME_REHEARSAL` says why. What the test host does proves nothing for production.
   */
  rehearsal?: string | URL | Readonly<Record<string, unknown>> | null | undefined
  /**
   * Milliseconds after an attempt's lease in which what was sent may still arrive, from 600,000 (the default) to seven days;
   * less only with a gateway on this machine, for tests.
   */
  quietMs?: number | null | undefined
}

/** How many refunds are requested. */
export interface RequestManyOptions<S extends Store = Store> {
  /** The batch of all rows that name none themselves. */
  batch?: string | null | undefined
  /** The store of the caller's open transaction, in place of the refunds' own store. */
  store?: S | undefined
}

/** What became of rows that were requested together. */
export interface Requested {
  /** How many are new. */
  readonly requested: number
  /** How many had been requested before, with the same values. */
  readonly known: number
}

/** Who rules, and what they saw. */
export interface RulingOptions {
  /** Who decides, at most 100 characters. */
  by: string
  /** What they want to keep in mind, at most 1,000 characters. */
  note?: string | null | undefined
  /** What the merchant admin (상점관리자) shows as left of the payment. */
  remaining?: Amount | null | undefined
}

/** Which refunds are looked for. */
export interface DueOptions {
  /** Only those of this batch. */
  batch?: string | null | undefined
}

/**
 * Refunds that outlive calls: recorded in the merchant's own database before anything is sent, and processed by any worker,
 * any number of times.
 *
 * A refund is applied at most once. One whose outcome is unknown waits for a person, unless the gateway enforces `confirmPrice`.
 *
 * @example
 * ```ts
 * const refunds = new Refunds(client, pgStore(pool))
 * await refunds.init()
 * await refunds.request({ key: 'refund-17', tid, amount: 3000, paid: 12000, payType: 'card' })
 * const refund = await refunds.process('refund-17')
 * ```
 */
export class Refunds<S extends Store = Store> extends Batches {
  readonly #ledger: Ledger
  #hasTables = false
  /** The look for them, for all that wait for it. */
  #looking: Promise<void> | undefined

  /**
   * Makes the refunds of a client's merchant; nothing is connected before the first call.
   *
   * @param client - Sends the refunds. Closing it waits until what it has sent is recorded, so close it before the store's
   * connections.
   * @param store - Where the refunds are kept: see the stores of this module. Its handle must not have a transaction open
   * while refunds are processed.
   * @throws `InvalidRequestError` which names every argument that is wrong.
   */
  constructor(client: Client, store: S, options?: RefundsOptions) {
    super((verb, values, findings) => this.#carried(verb, values, findings))
    const { values, findings } = read(options, 'options', ['confirmPriceEnforced', 'rehearsal', 'quietMs'])
    findings.push(...unfitStore(store))
    if (!(client instanceof Client)) {
      findings.unshift({ field: 'client', message: 'is not a Client; pass one' })
      throw invalid('the settings of the refunds are wrong', findings, null)
    }
    this.#ledger = new Ledger(client, store, rehearsed(values, findings), findings)
    const { warning } = this.#ledger
    if (warning !== null) warn(warning, 'PAYWELCOME_REHEARSAL')
  }

  /** The merchant id (가맹점ID). */
  get mid(): string {
    return this.#ledger.client.mid
  }

  /** Whether a refund without an answer is sent again by itself: with a rehearsal, only those that it was of. */
  get confirmPriceEnforced(): boolean {
    return this.#ledger.confirmPriceEnforced
  }

  /**
   * Creates the tables that are missing: for tests, development and SQLite. Elsewhere put {@link schema} into a migration.
   *
   * @throws What the store's driver throws.
   */
  async init(): Promise<void> {
    await this.#carried('install', {})
    this.#hasTables = true
  }

  /**
   * Writes a refund down, and sends nothing: {@link Refunds.process} does that. With the same key and values it may be called
   * any number of times, and gives the refund as it stands.
   *
   * With the store of your open transaction, such as `pgStore(client)`, the refund is committed with that transaction, or
   * never was. On a synchronous store (`sqliteStore`) it gives the refund itself, not a promise.
   *
   * @throws `InvalidRequestError` An argument is wrong, contradicts what the key was first requested with, or asks for more than
   * remains; `errors` names each. Nothing was written.
   * @throws {@link RefundsError} The tables are missing.
   */
  request(request: RefundRequest): Given<S, Refund>
  /** Writes a refund down within the transaction that `store` belongs to: see the other form, in all else the same. */
  request<T extends Store>(request: RefundRequest, store: T): Given<T, Refund>
  request(request: RefundRequest, store?: Store): Refund | Promise<Refund> {
    const made = (told: Told) => new Refund(told)
    return this.#within(store, (findings) => {
      const row = read(request ?? null, 'request', ASKED)
      row.findings.push(...findings)
      return this.#ledger.startOne(row)
    }, made)
  }

  /**
   * Writes many refunds down, all or none, a thousand by each statement. It sends nothing.
   *
   * On a synchronous store it gives a value, not a promise.
   *
   * @throws `InvalidRequestError` Rows are wrong; `errors` names each field, such as `rows[3].amount`, up to a thousand. Nothing was
   * written.
   * @throws {@link RefundsError} The tables are missing.
   */
  requestMany(rows: readonly RefundRequest[], options?: Omit<RequestManyOptions, 'store'>): Given<S, Requested>
  /** Writes many refunds down within the transaction that `store` belongs to: see the other form, in all else the same. */
  requestMany<T extends Store>(rows: readonly RefundRequest[], options: RequestManyOptions<T> & { store: T }): Given<T, Requested>
  requestMany(rows: readonly RefundRequest[], options?: RequestManyOptions): Requested | Promise<Requested> {
    const { values, findings } = read(options, 'options', ['batch', 'store'])
    return this.#within(values['store'], (more) => {
      const { read: all, findings: found } = readRows(rows, values['batch'])
      return this.#ledger.startMany(all, [...found, ...findings, ...more])
    }, ({ requested, known }: Requested) => Object.freeze({ requested, known }))
  }

  /**
   * Does for a refund what can be done now: sends it, looks again at what a worker has left, or nothing. Any worker may call it,
   * any number of times.
   *
   * It never throws for what the gateway did: look at the refund's `state`. If a write after the send fails, it is tried again
   * until the attempt's lease ends; a process warning with the code `PAYWELCOME_REFUND_LOST` then holds the answer, and the
   * store's error is thrown. Where a person has to look, a warning with the code `PAYWELCOME_REFUND_REVIEW` says so.
   *
   * @returns The refund as it is stored afterwards.
   * @throws `InvalidRequestError` An argument is wrong.
   * @throws {@link RefundsError} There is no such refund; it was called within a transaction; the tables are missing.
   * @throws What the store's driver throws. The refund is found again by {@link Refunds.due}.
   */
  async process(key: string, options?: ProcessOptions): Promise<Refund> {
    const patience = patienceOf(options, this.mid)
    const { signal } = patience
    if (signal?.aborted) throw reasonWith(signal, { outcome: 'not_sent', tid: null, reference: String(key) })
    await this.#ready()
    const { refund } = await processed(this.#ledger, key, patience)
    return refund
  }

  /**
   * Looks for refunds that are due and processes them, until it is stopped. No error of one refund or of the store ends it: each
   * kind is told once, by a process warning with the code `PAYWELCOME_REFUNDS_RUN`, and it tries again after a growing pause.
   *
   * It ends when `signal` fires, when the client is closed, or with `untilIdle` once nothing is due. What is under way is
   * recorded first. Any number of runs may work on one store.
   *
   * @returns How many refunds it has moved on.
   * @throws `InvalidRequestError` An option is wrong.
   * @throws {@link RefundsError} The tables are missing.
   */
  async run(options?: RunOptions): Promise<number> {
    const plan = planOf(options, this.mid)
    return new Run(this.#ledger, plan, () => this.#ready(), () => this.health()).over()
  }

  /**
   * Returns the keys of refunds for which a worker can do something now, from the longest due on. Of a batch with a pace, no
   * more than are sent within ten seconds, so that it fills no queue.
   *
   * @param limit - How many at most, from 1 to 100,000; 500 by default.
   * @throws `InvalidRequestError` An argument is wrong.
   */
  async due(limit?: number, options?: DueOptions): Promise<string[]> {
    const { values, findings } = read(options, 'options', ['batch'])
    return this.#carried<string[]>('due', { limit, ...values }, findings)
  }

  /**
   * Returns a refund as it stands.
   *
   * @throws {@link RefundsError} There is no such refund.
   */
  async get(key: string): Promise<Refund> {
    return new Refund(await this.#carried<Told>('get', { key }))
  }

  /**
   * Returns what was recorded of a refund over time, the oldest first.
   *
   * @throws {@link RefundsError} There is no such refund.
   */
  async attempts(key: string): Promise<JournalEntry[]> {
    return (await this.#carried<Told[]>('attempts', { key })).map((told) => new JournalEntry(told))
  }

  /**
   * Returns the refunds that wait for a person, the longest waiting first.
   *
   * @param limit - How many at most, from 1 to 100,000; 500 by default.
   */
  async inReview(limit?: number): Promise<Refund[]> {
    return (await this.#carried<Told[]>('in_review', { limit })).map((told) => new Refund(told))
  }

  /** Counts the merchant's refunds by their state. */
  async counts(): Promise<Readonly<Record<RefundState, RefundCount>>> {
    return this.#carried('counts', {})
  }

  /**
   * Returns how the refunds fare, cheaply: what is open, how long the oldest waits in review, and how long work has waited.
   *
   * Refunds that have ended are not looked at. What it gives are plain values, as a health endpoint gives them. Where
   * OpenTelemetry measures, its gauges show it for two minutes; a run looks by itself, every ten seconds.
   */
  async health(): Promise<Health> {
    seen(this.mid, undefined)
    const health = healthOf(await this.#carried<HealthTold>('health', {}))
    seen(this.mid, health)
    return health
  }

  /**
   * Records what a person decided who has looked at the merchant admin (상점관리자): see {@link Refund.review} for what each
   * ruling does.
   *
   * @throws `InvalidRequestError` An argument is wrong.
   * @throws {@link RefundsError} The ruling is too early (`until` says when it may be made), or contradicts what is known.
   */
  async resolve(key: string, ruling: Ruling, options: RulingOptions): Promise<Refund> {
    const { values, findings } = read(options, 'options', ['by', 'note', 'remaining'])
    const told = await this.#carried<Told>('resolve', { key, ruling, ...values }, findings)
    const refund = new Refund(told)
    moved(refund, told, ruling)
    return refund
  }

  /**
   * Says that the store was restored from a backup, or lost its newest writes in a fail-over, and may have forgotten what was
   * sent. Every open refund then waits for a person, and what remains of a payment is believed again once a ruling tells it.
   * Stop all workers first.
   *
   * @param since - From when on writes may be missing.
   * @returns How many refunds are doubted.
   */
  async restored(since: Date): Promise<number> {
    const at = since instanceof Date ? since.getTime() : Number.NaN
    if (Number.isNaN(at)) {
      throw invalid('the arguments are wrong', [{ field: 'since', message: 'is not a valid Date; pass one' }], this.mid)
    }
    const { refunds } = await this.#carried<{ refunds: number }>('restored', { since: at })
    return refunds
  }

  /**
   * Holds a statement against what is recorded: the settlement (정산내역), or the merchant admin's (상점관리자) export.
   *
   * A refund in `review` or `unknown` that it shows is done, with the evidence `statement`. One that was declined or given up
   * and that it shows goes to review. A cancel that belongs to no refund makes the payment's next refund wait for a person. Nothing
   * is guessed, and nothing is given up because a statement does not show it. The same statement a second time changes nothing.
   *
   * @throws `InvalidRequestError` The statement is wrong: an argument of a row, one `cancelTid` for two cancels, or more than was
   * paid; `errors` names each, such as `rows[3].amount`. Nothing was written.
   * @throws {@link RefundsError} The tables are missing; or others change a payment all the time, then call it again.
   */
  async reconcile(rows: readonly StatementRow[], options?: ReconcileOptions): Promise<Reconciliation> {
    const { values, findings } = statementOf(rows, options)
    return reconciliationOf(await this.#carried<ToldReconciliation>('reconcile', values, findings))
  }

  /** What is safe to record: the merchant id and the store's dialect. */
  toJSON(): { mid: string; dialect: string } {
    return { mid: this.mid, dialect: this.#ledger.store.dialect }
  }

  /** Takes what a verb starts to its end. */
  async #carried<T>(verb: string, values: Values, findings: FieldError[] = []): Promise<T> {
    const running = this.#ledger.start(verb, values, findings)
    if (verb !== 'install') await this.#ready()
    return take(carried<T>(running, (all) => runAlone(this.#ledger.store, all)))
  }

  /** Takes what `start` starts to its end in one transaction of a store: the caller's, or one of the refunds' own. */
  #within<T, R>(given: unknown, start: (findings: FieldError[]) => NativeRunning, made: (told: T) => R): R | Promise<R> {
    const own = this.#ledger.store
    const findings = given === undefined ? [] : unfitStore(given, own)
    const store = given === undefined || findings.length > 0 ? own : (given as Store)
    // Within the store's own call, so that it fails as calls of the store do: at once, or by a promise.
    return store.transaction((query) => take(this.#requested(query, start(findings), made)))
  }

  *#requested<T, R>(query: Query, running: NativeRunning, made: (told: T) => R): Steps<R> {
    const run = (statements: readonly Statement[]) => runWithin(query, statements)
    const first = next(running)
    if (!this.#hasTables) yield* this.#prepared(run, true)
    return made(yield* carried<T>(running, run, first))
  }

  /** Makes sure that the tables are there. */
  async #ready(): Promise<void> {
    if (this.#hasTables) return
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    await this.#looking
  }

  async #look(): Promise<void> {
    const { store } = this.#ledger
    const isOpen = await store.inTransaction()
    await take(this.#prepared((all) => runAlone(store, all), isOpen))
  }

  /** Looks for the tables, and creates them in SQLite. */
  *#prepared(run: (statements: readonly Statement[]) => Rows | Promise<Rows>, isOpen: boolean): Steps {
    const isSqlite = this.#ledger.store.dialect === 'sqlite'
    try {
      yield* carried(this.#ledger.start('check', {}), run)
    } catch (error) {
      if (!isSqlite || !(error instanceof RefundsError) || error.kind !== 'schema') throw error
      yield* carried(this.#ledger.start('install', {}), run)
    }
    // What an open transaction has created may be taken back with it.
    if (!isSqlite || !isOpen) this.#hasTables = true
  }
}

/** What is wrong with a store, which has to speak the dialect of another if one is given. */
function unfitStore(store: unknown, other?: Store): FieldError[] {
  const { dialect, query, transaction, inTransaction } = (store ?? {}) as Partial<Store>
  if ([query, transaction, inTransaction].some((method) => typeof method !== 'function')) {
    return [{ field: 'store', message: 'is not a store; pass one, such as pgStore(pool)' }]
  }
  if (other !== undefined && dialect !== other.dialect) {
    return [{ field: 'store', message: `is of the dialect ${String(dialect)}, and these refunds are kept in ${other.dialect}` }]
  }
  return []
}

/** The tables of a dialect as SQL, to be put into a migration: statements that end with a semicolon and a line break. */
export function schema(dialect: Store['dialect']): string {
  const sql = native.refundsSchema(String(dialect))
  if (sql !== null) return sql
  throw invalid('there are no such tables', [{ field: 'dialect', message: "must be 'sqlite', 'postgres' or 'mysql'" }], null)
}
