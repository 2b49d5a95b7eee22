// The native half: what it offers.

import { load } from './addon.js'
import { parse } from './json.js'
import type { ErrorKind, FieldError, Operation, Outcome } from './outcome.js'

/** Values copied out of the caller's object: no getters, no prototype. */
export type Values = Record<string, unknown>

/** The core's error as plain data; every member is its own, so that nothing added to every object is taken for one. */
export interface NativeFailure {
  outcome: Outcome
  kind: ErrorKind
  message: string
  errors: FieldError[]
  operation: Operation | null
  tid: string | null
  reference: string | null
  timestamp: string | null
  attempts: number
  host: string | null
  mid: string | null
  httpStatus: number | null
  contentType: string | null
  bodyExcerpt: string | null
  resultCode: string | null
  resultMsg: string | null
  raw: string | null
}

/** Both kinds of receipt as plain data; every member is its own. */
export type NativeReceipt = readonly [
  resultCode: string,
  resultMsg: string,
  mid: string,
  tid: string,
  moid: string | null,
  cancelTid: string | null,
  price: number,
  remainingPrice: number | null,
  cancelDate: string | null,
  cancelTime: string | null,
  cancelledAt: number | null,
  mismatches: NativeMismatch[],
  /** As a text, where numbers in it have to be looked at. */
  raw: string | Record<string, unknown>,
]

/** An echo that need not agree, and does not. */
export interface NativeMismatch {
  field: 'tid' | 'price' | 'remainingPrice'
  asked: string
  answered: string | null
}

/** One attempt of a call, as it ended; times are milliseconds. */
export interface NativeAttempt {
  number: number
  began: number
  took: number
  kind: ErrorKind | null
  httpStatus: number | null
  pause: number | null
}

/** How a call ended: with either of the two, or neither where it only reached the gateway. */
export type NativeEnd = NativeReceipt | NativeFailure | null

/** Whether a call gave no receipt. */
export function isFailure(end: NativeEnd): end is NativeFailure {
  return end !== null && !Array.isArray(end)
}

/** Whether it is no end: the wait for the call is over, and the call continues. */
export function goesOn(end: NativeEnd): end is NativeFailure {
  return isFailure(end) && end.kind === 'pending'
}

/** Reads a failure that was handed over as JSON, which is how every member is its own. */
export function failureOf(json: string): NativeFailure {
  return parse(json) as NativeFailure
}

export interface NativeClient {
  readonly mid: string
  readonly baseUrl: string
  readonly host: string
  readonly warning: string | null
  close(): void
  refuse(operation: Operation, values: Values | string, findings: FieldError[]): string
  /** The JSON text of the form, or of a `NativeFailure`. */
  form(operation: Operation, values: Values | string, findings: FieldError[], at: number): string
}

/** The calls of one JavaScript thread. Failures are JSON texts. */
export interface NativeCalls {
  /**
   * Starts a call under this number, or gives its failure. Takes what `pack` made of the values. The time limit counts from
   * `began`, an instant of `moment`, or from now.
   */
  start(
    id: number,
    client: NativeClient,
    operation: Operation,
    values: Values | string,
    observed: boolean,
    began?: number,
  ): string | null
  /** The JSON text of a list of `not_sent` or `unknown`, and of its `NativeAttempt[] | null`. */
  giveUp(id: number): string
  /** The JSON text of a list: whether there are more, then for each call its number, its `NativeAttempt[] | null`, its `NativeEnd`. */
  collect(): string
  /** Has the end `null` of this number come after so many milliseconds. */
  alarm(id: number, milliseconds: number): void
  callOff(id: number): void
  release(): boolean
}

/** Why a command was not carried out, in the sandbox's own names; what is absent is left out. */
export interface NativeRefusal {
  code: 'invalid_argument' | 'unknown_command' | 'not_found' | 'unavailable'
  argument?: string
  message: string
}

export interface NativeSandbox {
  readonly url: string
  readonly mid: string
  readonly signKey: string
  readonly caPem: string | null
  readonly executions: number
  readonly requestCount: number
  command(name: string, args: string): string | NativeRefusal
  wait(name: string, args: string, told: (result: string | NativeRefusal) => void): void
  stop(): void
}

/** A sandbox that clients of this process may call; where it guards, none may call another gateway. */
export interface NativeGuard {
  lift(): void
}

/** A sandbox that was started by a command line. */
export interface NativeLaunched {
  readonly ready: string
  stop(): void
}

/** One merchant's refunds in one store. Refusals are JSON texts. */
export interface NativeRefunds {
  readonly lease: number
  readonly confirmPriceEnforced: boolean
  readonly warning: string | null
  /** Takes what `packed` made of the arguments of a refund that is asked for, else an object. */
  start(verb: string, seed: string, values: Values | string, findings: FieldError[]): NativeRunning | string
  startMany(seed: string, rows: Values[] | string, findings: FieldError[]): NativeRunning | string
  startLines(seed: string, session: NativeRefundsSession): NativeRunning | string
}

/** Something that was started: it is given what it asked for, and says as JSON what it needs next. */
export interface NativeRunning {
  readonly token: string | null
  next(given: string | (string | null)[][] | undefined): string
}

/** A command line of `refunds` under way. What came of an ask, and the next one, are JSON. */
export interface NativeRefundsSession {
  next(given: string | undefined, asked: (ask: string) => void): void
}

interface Native {
  variables(): string[]
  open(values: Values, environment: Values, findings: FieldError[]): NativeClient | string
  NativeClient: abstract new () => NativeClient
  openRefunds(client: NativeClient, dialect: string, settings: Values, findings: FieldError[]): NativeRefunds | string
  refundsSchema(dialect: string): string | null
  startSandbox(
    port: number,
    mid: string | null,
    signKey: string | null,
    tls: boolean,
    rules: string,
    rehearsal: string | null,
  ): NativeSandbox | NativeRefusal
  commandLine(name: string, host: string, command: string, args: string[], ended: (code: number | null) => void): void
  interrupt(): boolean
  RefundsSession: new (program: string, args: string[]) => NativeRefundsSession
  /** The instant that it is now, in seconds of the clock that time limits count by. */
  moment(): number
  launch(args: string[], terminal: boolean): NativeLaunched | { exitCode: number; text: string }
  Calls: new (ring: () => void) => NativeCalls
  Guard: new (url: string, guards: boolean) => NativeGuard
}

/** The addon of this process's platform. */
export const native = load() as Native
