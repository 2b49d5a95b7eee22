// `paywelcome/testing`: a stand-in for the gateway, for merchants' own tests.

/// <reference lib="esnext.disposable" preserve="true" />

import { Client } from './client.js'
import type { Operation } from './errors.js'
import { native, type NativeSandbox } from './native.js'
import type { Currency, PayType } from './requests.js'
import type { ClientOptions } from './settings.js'

/** How a sandbox is started. */
export interface SandboxOptions {
  /** The port to listen on; 0, the default, takes a free one. */
  port?: number | undefined
  /** The merchant id it knows: 1 to 10 printable ASCII characters; a made-up one by default. */
  mid?: string | undefined
  /** The merchant's sign key; a made-up one by default. */
  signKey?: string | undefined
}

/** A payment to be approved, as if a customer had paid. */
export interface Approval {
  /** The approved total, a whole number above zero: won, or cents for `USD`. */
  price: number
  /** `payType` 결제수단; `card` by default. */
  payType?: PayType | undefined
  /** `currency` 통화; `WON` by default. */
  currency?: Currency | undefined
  /** `moid` 주문번호: the order number, 1 to 64 characters; made up by default. */
  moid?: string | undefined
}

/** One cancel that moved money. */
export interface SandboxCancel {
  readonly operation: Operation
  /** What it gave back, in won or cents. */
  readonly amount: number
  /** What remained after it. */
  readonly remaining: number
  /** `C_Tid` 취소거래ID, of a partial cancel. */
  readonly cancelTid: string | null
  /** When, as 14 digits in KST. */
  readonly dateTime: string
}

/** A payment as the ledger has it: a snapshot. */
export interface SandboxPayment {
  readonly tid: string
  readonly mid: string
  readonly moid: string
  readonly payType: string
  readonly currency: string
  /** The approved total, in won or cents. */
  readonly price: number
  /** What was given back. */
  readonly cancelled: number
  /** What was not: always `price - cancelled`. */
  readonly remaining: number
  /** Every cancel that moved money, in order. */
  readonly cancels: readonly SandboxCancel[]
}

/** A request that arrived, and what was answered; keys are hidden. */
export interface SandboxRequest {
  readonly method: string
  readonly path: string
  /** The form's fields in the order they came. */
  readonly fields: Readonly<Record<string, string>>
  /** The answer's HTTP status. */
  readonly status: number
  readonly resultCode: string | null
  readonly resultMsg: string | null
  /** Whether it moved money. */
  readonly executed: boolean
  /** The address and port it came from: one for each connection. */
  readonly peer: string
}

/** Those that listen: they stay until they are closed, also where only their address is still known. */
const listening = new Set<NativeSandbox>()

/**
 * A sandbox gateway: a real HTTP server on this machine, in this process, that keeps a ledger and moves no money.
 *
 * It listens when the constructor returns, and does not keep the process running.
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

  /** @throws Error where the port is taken or an option can't be used. */
  constructor(options: SandboxOptions = {}) {
    known(options, ['port', 'mid', 'signKey'])
    const { port = 0, mid, signKey } = options
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new TypeError('port must be from 0 to 65535')
    this.#native = new native.NativeSandbox(port, mid ?? null, signKey ?? null)
    listening.add(this.#native)
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

  /** How many cancels moved money. */
  get executions(): number {
    return this.#native.executions
  }

  /** How many requests arrived at the two endpoints, whatever became of them. */
  get requestCount(): number {
    return this.#native.requestCount
  }

  /**
   * Makes a payment, as if a customer had paid, and gives its tid.
   *
   * @throws Error which names the field that no payment can have.
   */
  approve(approval: Approval): string {
    known(approval, ['price', 'payType', 'currency', 'moid'])
    const { price, payType = 'card', currency = 'WON', moid } = approval
    if (!Number.isSafeInteger(price) || price < 1) throw new TypeError('price must be a whole number above zero')
    return this.#native.approve(price, payType, currency, moid ?? null)
  }

  /** Gives a payment as it is now; `null` where there is no such payment. */
  payment(tid: string): SandboxPayment | null {
    const payment = this.#native.payment(tid)
    return payment === null ? null : paymentOf(JSON.parse(payment))
  }

  /** Gives all payments as they are now, in the order of their approval. */
  payments(): SandboxPayment[] {
    return (JSON.parse(this.#native.payments()) as object[]).map(paymentOf)
  }

  /** Gives the newest 10,000 requests that arrived, oldest first. */
  requests(): SandboxRequest[] {
    const requests = JSON.parse(this.#native.requests()) as { fields: [string, string][] }[]
    return requests.map((request) => ({
      ...camel<SandboxRequest>(request),
      fields: Object.fromEntries(request.fields),
    }))
  }

  /** Makes a client of this gateway; `settings` are those of {@link Client}. */
  client(settings: ClientOptions = {}): Client {
    const { mid, signKey, url: baseUrl } = this
    const key = settings.mkey == null ? { signKey } : {}
    return new Client({ mid, ...key, baseUrl, environment: 'test', ...settings })
  }

  /** Stops the gateway and closes its connections; its ledger can still be read. */
  close(): void {
    this.#native.stop()
    listening.delete(this.#native)
  }

  /** Closes the gateway: for `using`. */
  declare readonly [Symbol.dispose]: () => void

  /** Closes the gateway: for `await using`. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>

  /** What is worth writing down. */
  toJSON(): { url: string; mid: string } {
    return { url: this.url, mid: this.mid }
  }
}

// Node.js 20 got the symbols late.
if (Symbol.dispose) {
  const hidden = (value: unknown) => ({ value, configurable: true, writable: true })
  const asyncClose = async function (this: Sandbox) {
    this.close()
  }
  Object.defineProperty(Sandbox.prototype, Symbol.dispose, hidden(Sandbox.prototype.close))
  Object.defineProperty(Sandbox.prototype, Symbol.asyncDispose, hidden(asyncClose))
}

function known(given: object, names: readonly string[]): void {
  const unknown = Object.keys(given).find((key) => !names.includes(key))
  if (unknown !== undefined) throw new TypeError(`${unknown} is unknown; there are ${names.join(', ')}`)
}

function paymentOf(record: object): SandboxPayment {
  const payment = camel<SandboxPayment>(record)
  return { ...payment, cancels: payment.cancels.map((cancel) => camel<SandboxCancel>(cancel)) }
}

/** The sandbox's names (`pay_type`) as JavaScript writes them (`payType`). */
function camel<T>(record: object): T {
  const named = Object.entries(record).map(([name, value]) => [
    name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
    value as unknown,
  ])
  return Object.fromEntries(named) as T
}
