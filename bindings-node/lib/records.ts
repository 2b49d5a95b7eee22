// What the sandbox tells of itself: snapshots.

import type { FaultKind, FaultMoment } from './faults.js'
import type { Operation } from './outcome.js'

/** One cancel that moved money. */
export interface SandboxCancel {
  /** `cancel` or `partial_cancel`. */
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

/** A payment as the ledger has it. */
export interface SandboxPayment {
  /** Its place among all payments, from 1. */
  readonly number: number
  /** `tid` 거래ID. */
  readonly tid: string
  /** `mid` 가맹점ID. */
  readonly mid: string
  /** `moid` 주문번호. */
  readonly moid: string
  /** `payType` 결제수단: `card`, `hpp`, `vbank`, `bank` or another. */
  readonly payType: string
  /** `currency` 통화: `WON` or `USD`. */
  readonly currency: string
  /** The approved total, in won or cents. */
  readonly price: number
  /** What was given back. */
  readonly cancelled: number
  /** What was not: always `price - cancelled`. */
  readonly remaining: number
  /** When the customer paid, as 14 digits in KST. */
  readonly approvedAt: string
  /** Whether parts of it can be cancelled. */
  readonly partiallyCancellable: boolean
  /** Whether it is a virtual account that was paid into. */
  readonly deposited: boolean
  /** Whether it is held in escrow. */
  readonly escrow: boolean
  /** Every cancel that moved money, in order. */
  readonly cancels: readonly SandboxCancel[]
}

/** What is wrong with a signature: the mistake that makes exactly what arrived. It never holds a key. */
export interface SignatureExplanation {
  /** By name, such as `sign_key_not_hashed`. */
  readonly mistakes: readonly string[]
  /** In Korean. */
  readonly korean: string
  /** In English. */
  readonly english: string
}

/** The bytes of one side of an exchange, at most the first 64 KiB: `text`, or `base64` where they are not UTF-8. */
export interface SandboxBytes {
  /** The bytes as text, where they are UTF-8. */
  readonly text?: string
  /** The bytes in base64, where they are not. */
  readonly base64?: string
  /** How many bytes there were. */
  readonly length: number
  /** Whether there were more than are kept. */
  readonly truncated: boolean
}

/** A request that arrived, and what was answered; keys are hidden. */
export interface SandboxRequest {
  /** Its place among all requests, from 1. */
  readonly number: number
  /** When it arrived by the sandbox's clock, as 14 digits in KST. */
  readonly at: string
  /** The HTTP method. */
  readonly method: string
  /** The path: `/cancel/cancel` or `/cancel/repay` for what moves money. */
  readonly path: string
  /** The form's fields in the order they came. */
  readonly fields: Readonly<Record<string, string>>
  /** The answer's HTTP status; 0 where a fault sends none. */
  readonly status: number
  /** What the gateway decided, also where a fault keeps it from the client. */
  readonly resultCode: string | null
  /** And in words. */
  readonly resultMsg: string | null
  /** Whether it moved money, so far. */
  readonly executed: boolean
  /** When it moved money, where that was after the exchange: 14 digits in KST. */
  readonly executedLate: string | null
  /** What is wrong with the signature, where that could be found out. */
  readonly explanation: SignatureExplanation | null
  /** The fault it met. */
  readonly fault: { readonly id: number; readonly kind: FaultKind; readonly when: FaultMoment } | null
  /** How the exchange ended, of requests that met a fault. */
  readonly ended: 'kept' | 'closed' | 'reset' | 'client_gone' | null
  /** The address and port it came from: one for each connection. */
  readonly peer: string
  /** What arrived. */
  readonly received: SandboxBytes
  /** What was sent back. */
  readonly sent: SandboxBytes
}

/** Whose gateway a sandbox behaves as. */
export interface SandboxRehearsal {
  /** `mid` 가맹점ID that it was found out for. */
  readonly mid: string
  /** The gateway's address. */
  readonly gateway: string
  /** What that gateway is. */
  readonly kind: 'test' | 'loopback' | 'production'
  /** When the rehearsal was finished, in Korean time; `null` if it was not. */
  readonly finishedAt: string | null
  /** The situations that have that gateway's own answers, such as `confirm_price`. */
  readonly answers: readonly string[]
  /** The findings that are not known, in whose place the sandbox's defaults are. */
  readonly defaults: readonly string[]
}

/** How the sandbox's clock goes: it stands still, runs from the time it was set to, or is the machine's. */
export type ClockMode = 'fixed' | 'running' | 'machine'

/** The sandbox's time. */
export interface SandboxClock {
  /** 14 digits in KST. */
  readonly now: string
  /** Whether it stands still, runs, or is this machine's. */
  readonly mode: ClockMode
}

/** How a clock is set. */
export interface ClockChange {
  /** The time, as 14 digits in KST; it stands still from then on, unless `mode` says otherwise. */
  at?: string | undefined
  /** Whether it stands still, runs on, or is this machine's again. */
  mode?: ClockMode | undefined
  /** How far it is moved, in seconds; may be below 0. */
  advanceSeconds?: number | undefined
}

/** What a merchant can give back at most: the settlement that is on hand. */
export interface BalanceChange {
  /** What is there now, in won or cents; absent or null for no limit. */
  amount?: number | null | undefined
  /** Whose it is; the sandbox's own merchant's by default. */
  mid?: string | undefined
  /** `WON` by default. */
  currency?: 'WON' | 'USD' | undefined
  /** What comes in later, at `creditAt`. */
  credit?: number | undefined
  /** When it does, as 14 digits in KST. */
  creditAt?: string | undefined
}

/** A settlement balance that is limited. */
export interface SandboxBalance {
  /** `mid` 가맹점ID of the merchant. */
  readonly mid: string
  /** `currency` 통화: `WON` or `USD`. */
  readonly currency: string
  /** What may be given back, in won or cents. */
  readonly amount: number
  /** What will be added, in won or cents; `null` if nothing. */
  readonly credit: number | null
  /** When it will be: 14 digits in KST; `null` if nothing. */
  readonly creditAt: string | null
}

/** How TLS handshakes go. */
export type TlsMode = 'normal' | 'wrong_name' | 'expired' | 'self_signed' | 'tls_1_1' | 'handshake_stall'

/** How the sandbox speaks TLS; nulls where it speaks plain http. */
export interface SandboxTls {
  /** Whether it speaks https. */
  readonly enabled: boolean
  /** What is wrong with its handshakes; `normal` if nothing. */
  readonly mode: TlsMode | null
  /** What may be. */
  readonly modes: readonly TlsMode[]
  /** The certificate of its authority, in PEM; `null` without https. */
  readonly caPem: string | null
  /** How many handshakes there were. */
  readonly handshakes: number | null
}

/** Something that changed; `data` is what it looks like now. */
export interface SandboxEvent {
  /** Its place among all events, from 1. */
  readonly number: number
  /** What happened, in one word. */
  readonly event: string
  /** What it happened to. */
  readonly data: unknown
}

/** What changed. */
export interface SandboxEvents {
  /** The events, the oldest first. */
  readonly events: readonly SandboxEvent[]
  /** What to pass as `since` next time. */
  readonly next: number
  /** Whether changes were missed. */
  readonly lost: boolean
}
