// Faults: what a gateway, a proxy or a network does to an exchange, on purpose.

import { run, SandboxError } from './commands.js'
import { valued } from './descriptor.js'
import type { NativeSandbox } from './native.js'

/**
 * When the money of a faulty exchange moves: `after_applying` it has (only the answer is lost), `before_applying` it
 * never does (the request is lost), `late` it will. On the wire all three look the same.
 */
export type FaultMoment = 'after_applying' | 'before_applying' | 'late'

/** When the money moves: `after_applying` by default. */
export type FaultTiming =
  | {
      /** The money has moved, or never does. */
      when?: Exclude<FaultMoment, 'late'> | undefined
      /** Only with `late`. */
      lateMs?: undefined
    }
  | {
      /** The money moves after the exchange is over. */
      when: 'late'
      /** How long after it; 1,000 milliseconds by default. */
      lateMs?: number | undefined
    }

/** Which requests meet a fault, and when their money moves. */
export type FaultOccasion = FaultSelection & FaultTiming

/** Which requests meet a fault. */
export interface FaultSelection {
  /** Only requests about this payment. */
  tid?: string | undefined
  /** Only full cancels (`cancel`), or only partial ones (`repay`). */
  endpoint?: 'cancel' | 'repay' | undefined
  /** The n-th of the requests that match from now on; 1, the next, by default. */
  nth?: number | undefined
  /** How many of them, from the n-th on; 1 by default, 0 for all until it is disarmed. */
  times?: number | undefined
  /** From 0 to 1: meets requests by chance, all until it is disarmed. */
  probability?: number | undefined
  /** What the chance is drawn with: the same seed meets the same requests. */
  seed?: number | undefined
}

/** Every kind of fault, with what belongs to it. */
export interface FaultParameters {
  // Made by sandbox/surface/make.py: parameters
  /** The connection is closed. */
  close: FaultOccasion & {
    /** After so many bytes of the answer; `0` by default. */
    afterBytes?: number | undefined
  }
  /** The connection is reset. */
  reset: FaultOccasion & {
    /** After so many bytes of the answer; `0` by default. */
    afterBytes?: number | undefined
  }
  /** Silence until the client leaves, or for a time and then the rest of the answer. */
  stall: FaultOccasion & {
    /** For how many milliseconds; by default until the client goes away. */
    ms?: number | undefined
    /** After so many bytes of the answer; `0` by default. */
    afterBytes?: number | undefined
  }
  /** The answer in portions. */
  trickle: FaultOccasion & {
    /** How many bytes a portion has; `1` by default. */
    bytes?: number | undefined
    /** How many milliseconds are between two portions; `100` by default. */
    ms?: number | undefined
  }
  /** A part of the body, with its correct length. */
  truncated_json: FaultOccasion & {
    /** How many bytes of the body are left; by default half of it. */
    bytes?: number | undefined
  }
  /** A `Content-Length` above the body's length, then the end. */
  length_too_long: FaultOccasion & {
    /** By how many bytes it is wrong; `10` by default. */
    by?: number | undefined
  }
  /** A `Content-Length` below the body's length. */
  length_too_short: FaultOccasion & {
    /** By how many bytes it is wrong; `10` by default. */
    by?: number | undefined
  }
  /** 200 without a body. */
  empty_body: FaultOccasion
  /** 200 with an HTML page. */
  html: FaultOccasion
  /** A redirect. */
  redirect: FaultOccasion & {
    /** Where it leads. */
    location: string
    /** The HTTP status; `302` by default. */
    status?: 302 | 301 | 303 | 307 | 308 | undefined
  }
  /** An error. */
  status: FaultOccasion & {
    /** The HTTP status; `500` by default. */
    status?: number | undefined
    /** What the body is; `receipt`: that of a success; `text` by default. */
    body?: 'text' | 'html' | 'empty' | 'receipt' | undefined
  }
  /** A success without a key. */
  missing_key: FaultOccasion & {
    /** Which key; `ResultCode` by default. */
    key?: string | undefined
  }
  /** A success with another `ResultCode`. */
  result_code: FaultOccasion & {
    /** The `ResultCode`; `0000` by default. */
    code?: string | undefined
  }
  /** Keys in another letter case. */
  letter_case: FaultOccasion & {
    /** Of the answer's keys; `lower` by default. */
    case?: 'lower' | 'upper' | undefined
  }
  /** A success with a key twice. */
  duplicate_key: FaultOccasion & {
    /** Which key; `Price` by default. */
    key?: string | undefined
    /** Whether the key has another value the second time; `false` by default. */
    conflicting?: boolean | undefined
  }
  /** A byte-order mark before the JSON. */
  bom: FaultOccasion
  /** A body in EUC-KR, declared so. */
  euc_kr: FaultOccasion
  /** A success with amounts as JSON numbers. */
  numbers: FaultOccasion
  /** A success with another `Price`. */
  wrong_amount: FaultOccasion & {
    /** By how much the amount is wrong; `1` by default. */
    by?: number | undefined
  }
  /** A partial cancel's success with another `RmainPrice`. */
  wrong_remaining: FaultOccasion & {
    /** By how much the amount is wrong; `1` by default. */
    by?: number | undefined
  }
  /** A success with another `Tid`. */
  wrong_tid: FaultOccasion & {
    /** The `Tid` that is told; by default the payment's backwards. */
    echo?: string | undefined
  }
  /** A success of that size. */
  huge_body: FaultOccasion & {
    /** How many bytes the body has; `10485760` by default. */
    bytes?: number | undefined
  }
  /** A good answer; the connection is closed when the next request begins, or at once. */
  close_idle: FaultSelection & {
    /** When the connection is closed: as the next request begins, or right after the answer; `next_byte` by default. */
    at?: 'next_byte' | 'after_answer' | undefined
  }
  /** Connections are refused from now on. */
  refuse_connections: {
    /** For how many milliseconds, which over HTTP must be given; by default until it is disarmed. */
    ms?: number | undefined
    /** Whether idle connections are closed; `true` by default. */
    closeOpen?: boolean | undefined
  }
  /** Used as an HTTP proxy, it refuses the tunnel (`CONNECT`). */
  proxy_refusal: {
    /** The HTTP status; `403` by default. */
    status?: number | undefined
    /** How often it fires, 0: until it is disarmed; `1` by default. */
    times?: number | undefined
  }
  // End of parameters
}

/** The name of a fault. */
export type FaultKind = keyof FaultParameters

/** A fault that can still fire, with what it was armed with. */
export interface ArmedFault {
  /** Its number, which the requests that met it tell. */
  readonly id: number
  /** What it breaks. */
  readonly kind: FaultKind
  /** When the money moves. */
  readonly when?: FaultMoment
  /** How often it has fired. */
  readonly fired: number
  /** How often it still will; `null` for no limit. */
  readonly remaining: number | null
  readonly [parameter: string]: unknown
}

/** A fault that was armed. */
export class Fault {
  readonly #native: NativeSandbox
  #fired = 0
  /** Its number; no other fault of this sandbox ever has it. */
  readonly id: number
  /** What it breaks. */
  readonly kind: FaultKind

  /** @internal */
  constructor(native: NativeSandbox, { id, kind }: ArmedFault) {
    this.#native = native
    this.id = id
    this.kind = kind
  }

  /** How often it has fired, as far as the newest 1,000 requests tell once it is spent. */
  fired(): number {
    const { faults } = run<{ faults: ArmedFault[] }>(this.#native, 'faults')
    const armed = faults.find(({ id }) => id === this.id)
    this.#fired = Math.max(this.#fired, armed?.fired ?? this.#met())
    return this.#fired
  }

  /** Takes it away, if it is still there; what was done is not undone. */
  disarm(): void {
    try {
      const { disarmed } = run<{ disarmed: ArmedFault[] }>(this.#native, 'disarm', { id: this.id })
      this.#fired = Math.max(this.#fired, disarmed[0]?.fired ?? 0)
    } catch (error) {
      if (!(error instanceof SandboxError) || error.code !== 'not_found') throw error
    }
  }

  /** Takes it away: for `using`. */
  declare readonly [Symbol.dispose]: () => void

  /** What is worth writing down. */
  toJSON(): { id: number; kind: FaultKind } {
    return { id: this.id, kind: this.kind }
  }

  /** How many requests met it. */
  #met(): number {
    type Met = { fault: { id: number } | null }
    const { requests } = run<{ requests: Met[] }>(this.#native, 'requests', { limit: 1_000 })
    return requests.filter(({ fault }) => fault?.id === this.id).length
  }
}

// Node.js 20 got the symbol late.
if (Symbol.dispose) {
  const value: unknown = Fault.prototype.disarm
  Object.defineProperty(Fault.prototype, Symbol.dispose, valued(value, 'hidden'))
}
