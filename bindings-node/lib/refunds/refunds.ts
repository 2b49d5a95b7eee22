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
import { runAlone, runWithin, type Statement, textsOf } from './statements.js'
import type { Query, Rows, Store } from './store.js'
import { moved } from './telling.js'
import type { Told } from './told.js'
import type { RefundState, Ruling } from './words.js'
import { carried, next } from './work.js'

/** How refunds are treated. */
export interface RefundsOptions {
  /**
   * States that the gateway applies a partial cancel only if exactly `confirmPrice` remains after it, and checks this
   * atomically. A refund without an answer is then resent automatically after the quiet time, at most five times. Otherwise it
   * waits for a person. `false` by default, because the gateway's guide does not guarantee it.
   */
  confirmPriceEnforced?: boolean | null | undefined
  /**
   * A file of `paywelcome rehearse`, as its path, a `file:` URL or its parsed JSON, in place of `confirmPriceEnforced`. It counts
   * if it has proven the same for the client's mid at the client's gateway, and only for refunds of the rehearsed pay type and
   * currency. Otherwise nothing is resent, and a process warning with the code `PAYWELCOME_REHEARSAL` says why. What the test
   * host does proves nothing for production.
   */
  rehearsal?: string | URL | Readonly<Record<string, unknown>> | null | undefined
  /**
   * Milliseconds after an attempt's lease in which its request may still arrive at the gateway, from 600,000 (the default) to
   * seven days. Less only for a gateway on this machine, in tests.
   */
  quietMs?: number | null | undefined
}

/** Options of {@link Refunds.requestMany}. */
export interface RequestManyOptions<S extends Store = Store> {
  /** The batch of rows without one. */
  batch?: string | null | undefined
  /** A store of your own open transaction. By default, a transaction of its own. */
  store?: S | undefined
}

/** The result of requesting many refunds together. */
export interface Requested {
  /** How many are new. */
  readonly requested: number
  /** How many were requested before with the same values. */
  readonly known: number
}

/** Who rules, and what they saw. */
export interface RulingOptions {
  /** Who decides, at most 100 characters. */
  by: string
  /** A note to keep, at most 1,000 characters. */
  note?: string | null | undefined
  /** The remaining amount that the merchant admin (상점관리자) shows. A ruling that contradicts it is refused. */
  remaining?: Amount | null | undefined
}

/** Options of {@link Refunds.due}. */
export interface DueOptions {
  /** Only those of this batch. */
  batch?: string | null | undefined
}

/**
 * One merchant's refunds in one store. A refund is recorded before anything is sent. Any worker may process it any number of
 * times, and it is applied at most once.
 *
 * If its outcome is unknown, it waits for a person, unless the gateway enforces `confirmPrice`. This requires a store that keeps
 * what it has committed, and that nobody else cancels these payments.
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
  /** Whether the store is known to read what is there now. */
  #isFresh: boolean
  /** The look for them, for all that wait for it. */
  #looking: Promise<void> | undefined

  /**
   * Makes the refunds of a client's merchant; nothing is connected before the first call.
   *
   * @param client - Sends the refunds. Closing it waits until the results of its requests are recorded, so close it before the
   * store's connections.
   * @param store - Where refunds are recorded: a store of this module. Its handle must not have an open transaction while refunds
   * are processed.
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
    this.#isFresh = store.dialect !== 'mysql'
    const { warning } = this.#ledger
    if (warning !== null) warn(warning, 'PAYWELCOME_REHEARSAL')
  }

  /** The merchant id (가맹점ID). */
  get mid(): string {
    return this.#ledger.client.mid
  }

  /** Whether a refund without an answer is resent automatically. With a rehearsal, only of its pay type and currency. */
  get confirmPriceEnforced(): boolean {
    return this.#ledger.confirmPriceEnforced
  }

  /**
   * Creates missing tables: for tests, development and SQLite. In production, put {@link schema} into a migration instead.
   *
   * @throws What the store's driver throws.
   */
  async init(): Promise<void> {
    await this.#carried('install', {})
    this.#hasTables = true
    await this.#ready()
  }

  /**
   * Records a refund, to be processed later by {@link Refunds.process}. It sends nothing. Repeating a request returns the existing
   * refund.
   *
   * With a store of your own open transaction, such as `pgStore(client)`, the refund is committed or rolled back with it. On a
   * synchronous store (`sqliteStore`), this returns the refund itself, not a promise.
   *
   * @throws `InvalidRequestError` An argument is wrong, more is requested than remains, or the key was requested before with other
   * values; `errors` names each. Nothing was recorded.
   * @throws {@link RefundsError} The tables are missing.
   */
  request(request: RefundRequest): Given<S, Refund>
  /** Records a refund in the transaction that `store` belongs to; otherwise the same as the other form. */
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
   * Records many refunds, all or none, a thousand with each statement. It sends nothing.
   *
   * On a synchronous store, this returns a value, not a promise.
   *
   * @throws `InvalidRequestError` Rows are wrong; `errors` names each field, such as `rows[3].amount`, up to a thousand. Nothing was
   * recorded.
   * @throws {@link RefundsError} The tables are missing.
   */
  requestMany(rows: readonly RefundRequest[], options?: Omit<RequestManyOptions, 'store'>): Given<S, Requested>
  /** Records many refunds in the transaction that `store` belongs to; otherwise the same as the other form. */
  requestMany<T extends Store>(rows: readonly RefundRequest[], options: RequestManyOptions<T> & { store: T }): Given<T, Requested>
  requestMany(rows: readonly RefundRequest[], options?: RequestManyOptions): Requested | Promise<Requested> {
    const { values, findings } = read(options, 'options', ['batch', 'store'])
    return this.#within(values['store'], (more) => {
      const { read: all, findings: found } = readRows(rows, values['batch'])
      return this.#ledger.startMany(all, [...found, ...findings, ...more])
    }, ({ requested, known }: Requested) => Object.freeze({ requested, known }))
  }

  /**
   * Sends a refund if it is due, and records the result. Any worker may call it, any number of times. It does nothing if the
   * refund has ended or waits for a person, if another worker has it, or if another refund of its payment comes first.
   *
   * It never throws for a gateway's answer: read the refund's `state`. If recording the answer fails, it is tried again until the
   * attempt's lease ends. A process warning with the code `PAYWELCOME_REFUND_LOST` then contains the answer, and the store's error
   * is thrown. If a person must check, a warning with the code `PAYWELCOME_REFUND_REVIEW` says so.
   *
   * @returns The refund as it is then.
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
   * Processes refunds as they become due, until it is stopped. No error of a refund or of the store ends it: each kind of error is
   * reported once, by a process warning with the code `PAYWELCOME_REFUNDS_RUN`, and the run continues after a growing pause.
   *
   * It ends when `signal` fires, when the client is closed, or with `untilIdle` once nothing is due. Before it ends, it records the
   * results of requests in flight. Any number of runs may be active at once, in any processes.
   *
   * @returns How many refunds were processed.
   * @throws `InvalidRequestError` An option is wrong.
   * @throws {@link RefundsError} The tables are missing.
   */
  async run(options?: RunOptions): Promise<number> {
    const plan = planOf(options, this.mid)
    return new Run(this.#ledger, plan, () => this.#ready(), () => this.health()).over()
  }

  /**
   * Returns the keys of the refunds that a worker can process now, the longest due first. Of a batch with a pace, it returns only
   * as many as may start within ten seconds, so that they fill no queue.
   *
   * @param limit - The most keys to return, from 1 to 100,000; 500 by default.
   * @throws `InvalidRequestError` An argument is wrong.
   */
  async due(limit?: number, options?: DueOptions): Promise<string[]> {
    const { values, findings } = read(options, 'options', ['batch'])
    return this.#carried<string[]>('due', { limit, ...values }, findings)
  }

  /**
   * Returns a refund as it is now.
   *
   * @throws {@link RefundsError} There is no such refund.
   */
  async get(key: string): Promise<Refund> {
    return new Refund(await this.#carried<Told>('get', { key }))
  }

  /**
   * Returns the journal of a refund, the oldest entry first.
   *
   * @throws {@link RefundsError} There is no such refund.
   */
  async attempts(key: string): Promise<JournalEntry[]> {
    return (await this.#carried<Told[]>('attempts', { key })).map((told) => new JournalEntry(told))
  }

  /**
   * Returns the refunds that wait for a person, the longest waiting first. `review` of each says what to do.
   *
   * @param limit - The most refunds to return, from 1 to 100,000; 500 by default.
   */
  async inReview(limit?: number): Promise<Refund[]> {
    return (await this.#carried<Told[]>('in_review', { limit })).map((told) => new Refund(told))
  }

  /** Returns the number and the sum of the refunds in each state. */
  async counts(): Promise<Readonly<Record<RefundState, RefundCount>>> {
    return this.#carried('counts', {})
  }

  /**
   * Returns the open refunds, how long the oldest has been in review, and how long due refunds have waited.
   *
   * It runs one statement, which does not read refunds that have ended. The values are plain, for a health endpoint. If
   * OpenTelemetry is set up, its gauges show them for two minutes. A run calls this every ten seconds.
   */
  async health(): Promise<Health> {
    seen(this.mid, undefined)
    const health = healthOf(await this.#carried<HealthTold>('health', {}))
    seen(this.mid, health)
    return health
  }

  /**
   * Records a person's ruling after a look in the merchant admin (상점관리자). It sends nothing itself. {@link Refund.review} says
   * what each ruling does.
   *
   * @throws `InvalidRequestError` An argument is wrong.
   * @throws {@link RefundsError} The ruling is too early (`until` says when it is possible), or contradicts what is known.
   */
  async resolve(key: string, ruling: Ruling, options: RulingOptions): Promise<Refund> {
    const { values, findings } = read(options, 'options', ['by', 'note', 'remaining'])
    const told = await this.#carried<Told>('resolve', { key, ruling, ...values }, findings)
    const refund = new Refund(told)
    moved(refund, told, ruling)
    return refund
  }

  /**
   * Marks what the store may have forgotten, after it was restored or lost writes in a fail-over. Stop all workers first. Every
   * open refund goes to review, at once or when its turn comes. A ruling on a payment with a remaining amount then requires
   * `remaining`.
   *
   * @param since - The time of the latest write that surely survived.
   * @returns The number of these refunds.
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
   * Compares a settlement file (정산내역), or the merchant admin's (상점관리자) export of cancels, with the ledger.
   *
   * If the file shows a refund in `review` or `unknown`, the refund becomes done, with the evidence `statement`. If it shows a
   * declined or void refund, that refund goes to review. After a cancel that belongs to no refund, the payment's next refund waits
   * for a person. Nothing is guessed. A refund missing from the file does not change. Passing the same file again changes nothing.
   *
   * @throws `InvalidRequestError` The file is wrong: an argument of a row, one `cancelTid` for two cancels, or more than was paid;
   * `errors` names each, such as `rows[3].amount`. Nothing was recorded.
   * @throws {@link RefundsError} The tables are missing, or other workers keep changing a payment: call it again.
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
    if (this.#hasTables && this.#isFresh) return
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    await this.#looking
  }

  async #look(): Promise<void> {
    const { store } = this.#ledger
    const isOpen = await store.inTransaction()
    if (!this.#hasTables) await take(this.#prepared((all) => runAlone(store, all), isOpen))
    if (!this.#isFresh) await refuseUncommitted(store, this.mid)
    this.#isFresh = true
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

/** Refuses connections to MySQL whose reads begin a transaction that nobody ends: they would show refunds as they were. */
async function refuseUncommitted(store: Store, mid: string): Promise<void> {
  const [row] = textsOf(await store.query(['SELECT CAST(@@autocommit + 0 AS char) AS autocommit'], []))
  if (row?.[0] !== '0') return
  const message = "the store's connections have autocommit off, and would show refunds as they were: set autocommit = 1 for them"
  throw new RefundsError({ kind: 'store', message, mid })
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

/** Returns the tables as SQL, for a migration. Each statement ends with a semicolon and a line break. */
export function schema(dialect: Store['dialect']): string {
  const sql = native.refundsSchema(String(dialect))
  if (sql !== null) return sql
  throw invalid('there are no such tables', [{ field: 'dialect', message: "must be 'sqlite', 'postgres' or 'mysql'" }], null)
}
