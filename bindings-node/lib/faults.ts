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

/** After how many bytes of the answer it happens; 0 by default. */
interface Cut {
  afterBytes?: number | undefined
}

/** How many bytes, or how much money, an answer is off by. */
interface Off {
  by?: number | undefined
}

/** Every kind of fault, with what belongs to it. */
export interface FaultParameters {
  /** The connection is closed. */
  close: FaultOccasion & Cut
  /** The connection is reset. */
  reset: FaultOccasion & Cut
  /** Silence: for `ms` milliseconds, or until the client goes away. */
  stall: FaultOccasion & Cut & { ms?: number | undefined }
  /** The answer in portions of `bytes` (1), one every `ms` (100) milliseconds. */
  trickle: FaultOccasion & { bytes?: number | undefined; ms?: number | undefined }
  /** Only the first `bytes` of the body (half by default), with the length it has. */
  truncated_json: FaultOccasion & { bytes?: number | undefined }
  /** A `Content-Length` that is `by` (10) bytes above the body, then the end. */
  length_too_long: FaultOccasion & Off
  /** A `Content-Length` that is `by` (10) bytes below the body. */
  length_too_short: FaultOccasion & Off
  /** 200 without a body. */
  empty_body: FaultOccasion
  /** 200 with an HTML page. */
  html: FaultOccasion
  /** A redirect to `location`; of status 302 by default. */
  redirect: FaultOccasion & { location: string; status?: 301 | 302 | 303 | 307 | 308 | undefined }
  /** An error of this status, 400 to 599 (500); `receipt`: with the body of a success. */
  status: FaultOccasion & { status?: number | undefined; body?: 'text' | 'html' | 'empty' | 'receipt' | undefined }
  /** A success without this key (`ResultCode`). */
  missing_key: FaultOccasion & { key?: string | undefined }
  /** A success with this `ResultCode` (`0000`). */
  result_code: FaultOccasion & { code?: string | undefined }
  /** The answer's keys in another letter case. */
  letter_case: FaultOccasion & { case?: 'lower' | 'upper' | undefined }
  /** A success with this key (`Price`) twice; with another value the second time where `conflicting`. */
  duplicate_key: FaultOccasion & { key?: string | undefined; conflicting?: boolean | undefined }
  /** A byte-order mark before the JSON. */
  bom: FaultOccasion
  /** A body in EUC-KR, declared so. */
  euc_kr: FaultOccasion
  /** A success with amounts as JSON numbers. */
  numbers: FaultOccasion
  /** A success with a `Price` that is off by so much (1). */
  wrong_amount: FaultOccasion & Off
  /** A partial cancel's success with a `RmainPrice` that is off by so much (1). */
  wrong_remaining: FaultOccasion & Off
  /** A success with another `Tid`: `echo`, or the payment's backwards. */
  wrong_tid: FaultOccasion & { echo?: string | undefined }
  /** A success so many bytes long (10 MiB). */
  huge_body: FaultOccasion & { bytes?: number | undefined }
  /** A good answer, but the connection closes when the next request begins, or at once. */
  close_idle: FaultSelection & { at?: 'next_byte' | 'after_answer' | undefined }
  /** Connections are refused: for `ms` milliseconds, or until it is disarmed. Idle ones are closed, too. */
  refuse_connections: { ms?: number | undefined; closeOpen?: boolean | undefined }
  /** A proxy's tunnel is refused with this status (403). */
  proxy_refusal: { status?: number | undefined; times?: number | undefined }
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
