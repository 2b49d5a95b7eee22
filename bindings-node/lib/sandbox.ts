// A sandbox gateway in this process.

/// <reference lib="esnext.disposable" preserve="true" />

import { readFileSync } from 'node:fs'

import { AuthorityFile } from './authority.js'
import { Client } from './client.js'
import { invalid, refused, run, runAsWritten, SandboxError, snake, wait, write } from './commands.js'
import { valued } from './descriptor.js'
import { type ArmedFault, Fault, type FaultKind, type FaultParameters } from './faults.js'
import { letGo } from './inbox.js'
import { native, type NativeGuard, type NativeRefusal, type NativeSandbox } from './native.js'
import type {
  BalanceChange,
  ClockChange,
  SandboxBalance,
  SandboxClock,
  SandboxEvents,
  SandboxPayment,
  SandboxRehearsal,
  SandboxRequest,
  SandboxTls,
  TlsMode,
} from './records.js'
import { RULES, type RuleChanges, type SandboxRules } from './rules.js'
import { APPROVAL, type Approval, type RequestFilter, type Seed, type WaitOptions } from './seeding.js'
import type { ClientOptions } from './settings.js'

/** How a sandbox is started. */
export interface SandboxOptions {
  /** The port to listen on; 0, the default, takes a free one. */
  port?: number | undefined
  /** The merchant id it knows: 1 to 10 printable ASCII characters; a made-up one by default. */
  mid?: string | undefined
  /** The merchant's sign key; a made-up one by default. */
  signKey?: string | undefined
  /** Whether it speaks https, with a certificate made at start that {@link Sandbox.caBundle} vouches for. */
  tls?: boolean | undefined
  /** The rules it starts with, and goes back to when it is reset. */
  rules?: RuleChanges | undefined
  /**
   * A file of `paywelcome rehearse`, as its path, its URL or what it has in it: the sandbox behaves as that gateway did,
   * by the rules that were found and with its answers. What the file does not know stays as it is by default, and what
   * is in `rules` wins; see {@link Sandbox.rehearsal}.
   */
  rehearsal?: string | URL | object | undefined
  /**
   * Whether clients of this process that lead to no sandbox of this process refuse to send until it is closed, with a
   * `ConfigurationError` that names both hosts; `false` by default, and `true` for `useSandbox`.
   */
  guard?: boolean | undefined
}

/** Another merchant of the same sandbox. */
export interface SandboxMerchant {
  /** `mid` 가맹점ID. */
  readonly mid: string
  /** The sign key. */
  readonly signKey: string
  /** Makes a client of this merchant. */
  client(settings?: ClientOptions): Client
}

/** What a condition gave, once it is met. */
type Met<T> = Exclude<T, false | 0 | 0n | '' | null | undefined>

/**
 * Those that listen, each with what makes it known to this process's clients: they stay until they are closed, also where
 * only their address is still known.
 */
const listening = new Map<NativeSandbox, NativeGuard>()

/**
 * A sandbox gateway: a real HTTP server on this machine, in this process, that keeps a ledger and moves no money.
 *
 * It listens when the constructor returns, and does not keep the process running. Whatever it refuses is thrown as a
 * {@link SandboxError} that names the argument, and has changed nothing.
 *
 * @example
 * ```ts
 * const gateway = new Sandbox()
 * const tid = gateway.approve({ price: 12000 })
 * await gateway.client().cancel({ payType: 'card', tid, price: 12000 })
 * assert.equal(gateway.payment(tid)?.remaining, 0)
 * gateway.close()
 * ```
 */
export class Sandbox {
  readonly #native: NativeSandbox
  readonly #authority: AuthorityFile | null

  /** @throws {@link SandboxError} where the port is taken or an option can't be used. */
  constructor(options: SandboxOptions = {}) {
    known(options, ['port', 'mid', 'signKey', 'tls', 'rules', 'rehearsal', 'guard'])
    const { port = 0, mid, signKey, tls = false, rules = {}, rehearsal, guard = false } = options
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw invalid('port', 'port must be from 0 to 65535')
    for (const [name, value] of Object.entries({ mid, signKey })) {
      if (value != null && typeof value !== 'string') throw invalid(name, `${name} must be a string`)
    }
    for (const [name, value] of Object.entries({ tls, guard })) {
      if (typeof value !== 'boolean') throw invalid(name, `${name} must be true or false`)
    }
    const written = write(known(rules, RULES))
    const played = rehearsal == null ? null : textOf(rehearsal)
    const started = native.startSandbox(port, mid ?? null, signKey ?? null, tls, written, played)
    if (isRefusal(started)) {
      // A place in a file is in the file's own names.
      const { message } = started
      throw refused({ ...started, message: started.argument === 'rehearsal' ? message : inCamelCase(message) })
    }
    this.#native = started
    listening.set(started, new native.Guard(started.url, guard))
    try {
      const pem = started.caPem
      this.#authority = pem === null ? null : new AuthorityFile(pem)
    } catch (error) {
      this.#stop()
      throw error
    }
  }

  /** Its address, for a client's `baseUrl`. */
  get url(): string {
    return this.#native.url
  }

  /** The merchant id it knows. */
  get mid(): string {
    return this.#native.mid
  }

  /** The merchant's sign key. */
  get signKey(): string {
    return this.#native.signKey
  }

  /** The `PAYWELCOME_*` variables that lead a client without settings here. */
  get environment(): { PAYWELCOME_MID: string; PAYWELCOME_SIGN_KEY: string; PAYWELCOME_BASE_URL: string } {
    return { PAYWELCOME_MID: this.mid, PAYWELCOME_SIGN_KEY: this.signKey, PAYWELCOME_BASE_URL: this.url }
  }

  /**
   * The path of a PEM file with the authority that its certificate comes from, for a client's `caBundle`; `null` where
   * it speaks plain http. The file is there until the sandbox is closed.
   */
  get caBundle(): string | null {
    return this.#authority?.path ?? null
  }

  /** Whose gateway it behaves as, and what is not known of that; `null` without a rehearsal. */
  get rehearsal(): SandboxRehearsal | null {
    return this.command<{ rehearsal: SandboxRehearsal | null }>('info').rehearsal
  }

  /** How many cancels moved money. */
  get executions(): number {
    return this.#native.executions
  }

  /** How many requests arrived at the two endpoints, whatever became of them. */
  get requestCount(): number {
    return this.#native.requestCount
  }

  /** Makes a payment, as if a customer had paid, and gives its tid. */
  approve(approval: Approval): string {
    known(approval, APPROVAL)
    const { price } = approval
    if (!Number.isSafeInteger(price) || price < 1) throw invalid('price', 'price must be a whole number above zero')
    return this.command<SandboxPayment>('approve', approval).tid
  }

  /** Returns a payment as it is now; `null` where there is no such payment. */
  payment(tid: string): SandboxPayment | null {
    try {
      return this.command('payment', { tid })
    } catch (error) {
      if (error instanceof SandboxError && error.code === 'not_found') return null
      throw error
    }
  }

  /** Returns all payments as they are now, in the order of their approval. */
  payments(filter: { mid?: string | undefined } = {}): SandboxPayment[] {
    type Page = { payments: SandboxPayment[]; next: number | null }
    const found: SandboxPayment[] = []
    for (let after: number | null = 0; after !== null; ) {
      const page: Page = this.command('payments', { ...filter, after, limit: 1_000 })
      found.push(...page.payments)
      after = page.next
    }
    return found
  }

  /** Returns the newest 1,000 requests that arrived, oldest first. */
  requests(filter: RequestFilter = {}): SandboxRequest[] {
    const given = { ...filter, limit: 1_000, bytes: true }
    return this.command<{ requests: SandboxRequest[] }>('requests', given).requests
  }

  /** Makes a client of this gateway; `settings` are those of {@link Client}. */
  client(settings: ClientOptions = {}): Client {
    return this.#client(this.mid, this.signKey, settings)
  }

  /** Returns the rules that it goes by. */
  rules(): SandboxRules {
    return this.command('rules')
  }

  /** Changes some rules and gives all of them. */
  setRules(rules: RuleChanges): SandboxRules {
    return this.command('set_rules', known(rules, RULES))
  }

  /** Returns the sandbox's time. */
  clock(): SandboxClock {
    return this.command('clock')
  }

  /** Sets the clock: `{ at: '20260930235959' }` makes it stand still there. */
  setClock(change: ClockChange): SandboxClock {
    return this.command('set_clock', change)
  }

  /** Moves the clock, which continues as it did: `advance(86400)` is tomorrow. */
  advance(seconds: number): SandboxClock {
    return this.setClock({ advanceSeconds: seconds })
  }

  /** Adds a merchant, or gives one that is known a new key, which earlier clients of it do not have. */
  addMerchant(mid: string, signKey?: string): SandboxMerchant {
    const added = this.command<{ mid: string; signKey: string | null }>('add_merchant', { mid, signKey })
    // A key that was given is not told again.
    const key = signKey ?? added.signKey ?? ''
    return { mid: added.mid, signKey: key, client: (settings = {}) => this.#client(added.mid, key, settings) }
  }

  /** Returns the settlement balances that are limited. */
  balances(): SandboxBalance[] {
    return this.command<{ balances: SandboxBalance[] }>('balances').balances
  }

  /**
   * Limits what a merchant can give back, and gives all limits: `{ amount: 0, credit: 50000, creditAt: '…' }`. Without
   * an amount, takes the limit away.
   */
  setBalance(balance: BalanceChange = {}): SandboxBalance[] {
    return this.command<{ balances: SandboxBalance[] }>('set_balance', balance).balances
  }

  /**
   * Arms a fault: the next request meets it, or the one that is described.
   *
   * @example
   * ```ts
   * const fault = gateway.arm('close', { when: 'before_applying', tid })
   * await assert.rejects(client.cancel({ payType: 'card', tid, price: 12000 }), { outcome: 'unknown' })
   * assert.equal(fault.fired(), 1)
   * ```
   */
  arm<Kind extends FaultKind>(
    kind: Kind,
    ...[parameters]: object extends FaultParameters[Kind]
      ? [parameters?: FaultParameters[Kind]]
      : [parameters: FaultParameters[Kind]]
  ): Fault {
    return new Fault(this.#native, this.command<ArmedFault>('arm', { ...parameters, kind }))
  }

  /** Takes every fault away, and gives what they were. */
  disarm(): ArmedFault[] {
    return this.command<{ disarmed: ArmedFault[] }>('disarm').disarmed
  }

  /** Returns the faults that can still fire, in the order of arming. */
  faults(): ArmedFault[] {
    return this.command<{ faults: ArmedFault[] }>('faults').faults
  }

  /** Returns how it speaks TLS. */
  tls(): SandboxTls {
    return this.command('tls')
  }

  /** Changes how handshakes go from now on; only where it was started with `tls`. */
  setTls(mode: TlsMode): SandboxTls {
    return this.command('set_tls', { mode })
  }

  /** Waits for the next request, or the next about this payment: one that comes after this call. */
  async nextRequest(options: WaitOptions & { tid?: string | undefined } = {}): Promise<SandboxRequest> {
    const { tid, ...limits } = options
    const { lastRequest: since } = this.command<{ lastRequest: number }>('stats')
    return await this.waitFor(() => this.requests({ since, tid })[0], limits)
  }

  /**
   * Waits until `condition` gives something true, and gives that; asks again whenever something changes here.
   *
   * @example
   * ```ts
   * gateway.arm('close', { when: 'late', lateMs: 50 })
   * await assert.rejects(client.cancel({ payType: 'card', tid, price: 12000 }), { outcome: 'unknown' })
   * await gateway.waitFor(() => gateway.payment(tid)?.cancelled === 12000)
   * ```
   * @throws {@link SandboxError} of code `timeout` where it does not come true in time.
   */
  async waitFor<T>(condition: () => T | PromiseLike<T>, options: WaitOptions = {}): Promise<Met<T>> {
    const { timeoutMs = 4_000 } = options
    const deadline = performance.now() + timeoutMs
    for (let quiet = false; ; ) {
      const { lastEvent: since } = this.command<{ lastEvent: number }>('stats')
      const value = await condition()
      if (value) return value as Met<T>
      if (!listening.has(this.#native)) throw new SandboxError('unavailable', null, 'the sandbox was closed')
      const left = deadline - performance.now()
      // The quiet counts by itself: a test may have stopped the time.
      if (quiet || left <= 0) throw new SandboxError('timeout', null, `it did not happen within ${timeoutMs} ms`)
      const step = Math.min(Math.ceil(left), LONGEST_WAIT)
      const { events, lost } = await this.events({ since, limit: 1, timeoutMs: step })
      quiet = events.length === 0 && !lost && left <= LONGEST_WAIT
    }
  }

  /**
   * Returns what changed since the event of that number; with `timeoutMs`, at most 60,000, waits for a change where there
   * is none, and then an absent `since` means from now.
   */
  events(
    options: { since?: number | undefined; limit?: number | undefined; timeoutMs?: number | undefined } = {},
  ): Promise<SandboxEvents> {
    return wait(this.#native, 'events', options)
  }

  /** Goes back to the start: payments, requests, rules, clock, merchants, balances, faults and TLS mode. */
  reset(): void {
    this.command('reset')
  }

  /**
   * Sets up many things at once, from an object or from the path of a JSON file as the command line takes it; gives the
   * results under the same names. What came before one that is wrong is done.
   */
  seed(seed: Seed | string | URL): Record<keyof Seed, unknown> {
    if (typeof seed === 'string' || seed instanceof URL) {
      return runAsWritten(this.#native, 'seed', readFileSync(seed, 'utf8'))
    }
    return this.command('seed', seed)
  }

  /**
   * Carries out any command of the sandbox, such as `stats`, with arguments and results in camelCase.
   *
   * @typeParam T - What it gives.
   */
  command<T = Record<string, unknown>>(name: string, args: object = {}): T {
    if (name === 'events' && Number((args as { timeoutMs?: unknown }).timeoutMs ?? 0) > 0) {
      throw invalid('timeoutMs', 'timeoutMs would stop this thread: await events() in place of command')
    }
    return run(this.#native, name, args)
  }

  /** Stops the gateway and closes its connections; its ledger can still be read. */
  close(): void {
    this.#stop()
    this.#authority?.remove()
    // As a client's close does: a test that closes no client leaves nothing open all the same.
    letGo()
  }

  /** Closes the gateway: for `using`. */
  declare readonly [Symbol.dispose]: () => void

  /** Closes the gateway: for `await using`. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>

  /** What is worth writing down. */
  toJSON(): { url: string; mid: string } {
    return { url: this.url, mid: this.mid }
  }

  #client(mid: string, signKey: string, settings: ClientOptions): Client {
    const { url: baseUrl, caBundle } = this
    const key = settings.mkey == null ? { signKey } : {}
    return new Client({ mid, ...key, baseUrl, caBundle, environment: 'test', ...settings })
  }

  #stop(): void {
    listening.get(this.#native)?.lift()
    this.#native.stop()
    listening.delete(this.#native)
  }
}

// Node.js 20 got the symbols late.
if (Symbol.dispose) {
  const asyncClose = async function (this: Sandbox) {
    this.close()
  }
  Object.defineProperty(Sandbox.prototype, Symbol.dispose, valued(Sandbox.prototype.close, 'hidden'))
  Object.defineProperty(Sandbox.prototype, Symbol.asyncDispose, valued(asyncClose, 'hidden'))
}

/** The longest that the sandbox waits at once, in milliseconds. */
const LONGEST_WAIT = 60_000

function known<T extends object>(given: T, names: readonly string[]): T {
  const unknown = Object.keys(given).find((key) => !names.includes(key))
  if (unknown !== undefined) throw invalid(unknown, `${unknown} is unknown; there are ${names.join(', ')}`)
  return given
}

function isRefusal(started: NativeSandbox | NativeRefusal): started is NativeRefusal {
  return Object.hasOwn(started, 'code')
}

/** The text of a rehearsal's file. */
function textOf(rehearsal: string | URL | object): string {
  if (typeof rehearsal === 'string' || rehearsal instanceof URL) return readFileSync(rehearsal, 'utf8')
  return JSON.stringify(rehearsal)
}

/** A message about rules, in JavaScript's names. */
function inCamelCase(message: string): string {
  return RULES.reduce((text, name) => text.replaceAll(snake(name), name), message)
}
