// The client.

/// <reference lib="esnext.disposable" preserve="true" />

import { isSignal } from './abort.js'
import { exact, exactList, read, unless } from './arguments.js'
import { Call } from './call.js'
import { closeLimit, type CloseOptions, type OpenCall, OpenCalls } from './closing.js'
import { valued } from './descriptor.js'
import { errorOf, traceAbove } from './errors.js'
import { parse } from './json.js'
import { failureOf, native, type NativeClient, type NativeFailure, type NativeReceipt, type Values } from './native.js'
import { Watch } from './observing.js'
import type { Operation } from './outcome.js'
import { fit } from './packing.js'
import { type CancelReceipt, cancelReceipt, type PartialCancelReceipt, partialCancelReceipt } from './receipts.js'
import {
  ARGUMENTS,
  CALL_OPTIONS,
  type CallOptions,
  type CancelRequest,
  type PartialCancelRequest,
  WARM_UP_OPTIONS,
} from './requests.js'
import { type ClientOptions, SETTINGS } from './settings.js'
import type { AttemptOptions } from './sink.js'
import { start } from './wait.js'
import { warn } from './warning.js'

/** The form that a call would post at the instant `at` (epoch milliseconds); for this project's own tests. */
export let formOf: (client: Client, operation: Operation, request: unknown, at: number) => string

/** What refunds that are kept in a store need of a client. */
export let insideOf: (client: Client) => { native: NativeClient; open: OpenCalls }

/**
 * Makes one attempt of a refund that somebody has recorded, as {@link Client.cancel} and {@link Client.partialCancel} do.
 *
 * Where its promise does not give its end, the sink is told that: the wait was over, or was given up.
 */
export let attempt: {
  (client: Client, operation: 'cancel', request: CancelRequest, options: AttemptOptions): Promise<CancelReceipt>
  (
    client: Client,
    operation: 'partial_cancel',
    request: PartialCancelRequest,
    options: AttemptOptions,
  ): Promise<PartialCancelReceipt>
}

/**
 * Cancels payments of one merchant.
 *
 * A client is cheap, keeps no connection for long, and never keeps the process running by itself. Nothing that can be
 * printed, serialised or cloned of it holds the key.
 *
 * @example
 * ```ts
 * const client = new Client({ mid, signKey, environment: 'test' })
 * const receipt = await client.cancel({ payType: 'card', tid, price: 12000 })
 * ```
 */
export class Client {
  readonly #native: NativeClient
  readonly #onSettled: unknown
  readonly #onAttempt: unknown
  /** Whether receipts may have to be warned of: not every echo has to agree. */
  readonly #warns: boolean
  readonly #open = new OpenCalls()

  /**
   * Makes a client; nothing is connected before its first call.
   *
   * @param options The settings. Each that is absent is read from its `PAYWELCOME_*` variable.
   * @throws {@link ConfigurationError} which names every setting that is wrong.
   */
  constructor(options?: ClientOptions) {
    const { values, findings } = read(options, 'options', SETTINGS)
    const { onSettled, onAttempt, requiredEchoes, ...settings } = values
    findings.push(...unless(typeof onSettled === 'function', 'onSettled', onSettled, 'a function'))
    findings.push(...unless(typeof onAttempt === 'function', 'onAttempt', onAttempt, 'a function'))
    const checked = exact(settings)
    checked['requiredEchoes'] = exactList(requiredEchoes)
    const opened = native.open(checked, environment(), findings)
    if (typeof opened === 'string') throw errorOf(failureOf(opened), Client)
    if (opened.warning !== null) warn(opened.warning, 'PAYWELCOME_BASE_URL')
    this.#native = opened
    this.#onSettled = onSettled
    this.#onAttempt = onAttempt
    this.#warns = requiredEchoes !== undefined
  }

  /** The merchant id (가맹점ID). */
  get mid(): string {
    return this.#native.mid
  }

  /** The gateway's address, with no slash at its end. */
  get baseUrl(): string {
    return this.#native.baseUrl
  }

  /**
   * Cancels a whole payment (전체 취소).
   *
   * @param request What to cancel: `payType` 결제수단, `tid` 거래ID, `price` 취소 금액 (the exact approved total, won or
   * cents), and if needed `currency` 통화 and `cancelType` 망취소옵션.
   * @param options `signal`, `timeoutMs` and `waitMs` in milliseconds, and your own `reference` of the call.
   * @returns The receipt: the gateway did exactly what was asked.
   * @throws {@link InvalidRequestError} An argument is wrong; nothing was sent.
   * @throws {@link NotSentError} Provably nothing left this machine; it may be sent again.
   * @throws {@link DeclinedError} The gateway declined; nothing was cancelled.
   * @throws {@link OutcomeUnknownError} The money may have moved; find out before you send anything again.
   */
  cancel(request: CancelRequest, options?: CallOptions): Promise<CancelReceipt> {
    return this.#run('cancel', request, options, Client.prototype.cancel, cancelReceipt)
  }

  /**
   * Cancels a part of a payment (부분 취소); after a first one, also the rest.
   *
   * @param request What to give back: `payType` 결제수단, `tid` 거래ID, `cancelPrice` 부분 취소 금액 (now), `confirmPrice`
   * 취소 후 남은 금액 (what remains after it; won or cents), and if needed `currency` 통화, `tax` 부가세 and `taxfree` 비과세.
   * @param options `signal`, `timeoutMs` and `waitMs` in milliseconds, and your own `reference` of the call.
   * @returns The receipt: the gateway did exactly what was asked.
   * @throws {@link InvalidRequestError} An argument is wrong; nothing was sent.
   * @throws {@link NotSentError} Provably nothing left this machine; it may be sent again.
   * @throws {@link DeclinedError} The gateway declined; nothing was cancelled.
   * @throws {@link OutcomeUnknownError} The money may have moved; find out before you send anything again.
   */
  partialCancel(request: PartialCancelRequest, options?: CallOptions): Promise<PartialCancelReceipt> {
    return this.#run('partial_cancel', request, options, Client.prototype.partialCancel, partialCancelReceipt)
  }

  /**
   * Connects to the gateway before the first call: DNS lookup, connection and TLS handshake. It cancels nothing.
   *
   * It requests the head of the gateway's front page and takes any answer. The connection stays open for a second, and
   * the TLS session can be resumed for longer. Use it when a server starts.
   *
   * @param options `signal`, `timeoutMs` in milliseconds, and your own `reference` of the call.
   * @throws {@link InvalidRequestError} An option is wrong.
   * @throws {@link NotSentError} The gateway can't be reached; `kind` says why.
   */
  warmUp(options?: Omit<CallOptions, 'waitMs'>): Promise<void> {
    try {
      // Reaching the gateway moves no money, so that neither a close nor a watch need tell of it.
      return start(this.#call('warm_up', undefined, options, Client.prototype.warmUp, () => {}))
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /**
   * Refuses new calls. Waits until every call in flight has ended, including abandoned calls, and until every promise that
   * `onSettled` returned is settled.
   *
   * With `timeoutMs` it waits at most that long; without it, at most until every call's own time limit and as long as `onSettled`
   * takes. It may be called again, also to wait longer. Called by `onSettled`, it does not wait for the call being reported.
   *
   * @returns The calls that are still open; their money may have moved. Empty if all have ended and were reported. Open calls
   * continue and keep the process alive until they end. Their results are reported as usual.
   * @throws {@link InvalidRequestError} An option is wrong; the client was not closed.
   */
  async close(options?: CloseOptions): Promise<OpenCall[]> {
    const limit = closeLimit(options, this.#native)
    this.#native.close()
    this.#open.isClosed = true
    return this.#open.ended(limit)
  }

  /** Closes the client, and waits for calls in flight: for `await using`. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>

  /** What is safe to record: the merchant id and the address. */
  toJSON(): { mid: string; baseUrl: string } {
    return { mid: this.mid, baseUrl: this.baseUrl }
  }

  #run<T>(
    operation: Operation,
    request: unknown,
    options: unknown,
    called: Function,
    receiptOf: (receipt: NativeReceipt) => T,
    { began, sink }: Partial<AttemptOptions> = {},
  ): Promise<T> {
    try {
      const call = this.#call(operation, request, options, called, receiptOf)
      call.since = began
      call.sink = sink
      if (!Watch.isWanted(this.#onAttempt)) return start(call)
      call.trace ??= traceAbove(called)
      return Watch.over(operation, call.values, this.#onAttempt, this, (watch) => start(call, watch))
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  #call<T>(
    operation: Operation,
    request: unknown,
    options: unknown,
    called: Function,
    receiptOf: (receipt: NativeReceipt) => T,
  ): Call<T> {
    const { values, findings, signal } = this.#read(operation, request, options)
    const open = operation === 'warm_up' ? undefined : this.#open
    const call = new Call(this.#native, operation, values, findings, signal, called, receiptOf, this.#onSettled, open)
    call.warns = this.#warns
    return call
  }

  #read(operation: Operation, request: unknown, options: unknown) {
    const { values, findings } = read(request, 'request', ARGUMENTS[operation], CALL_OPTIONS)
    const given = read(options, 'options', operation === 'warm_up' ? WARM_UP_OPTIONS : CALL_OPTIONS)
    const { signal, timeoutMs, waitMs, reference } = given.values
    findings.push(...given.findings, ...unless(isSignal(signal), 'signal', signal, 'an AbortSignal'))
    if (timeoutMs !== undefined) values['timeoutMs'] = timeoutMs
    if (waitMs !== undefined) values['waitMs'] = waitMs
    if (reference !== undefined) values['reference'] = reference
    return { values, findings, signal: isSignal(signal) ? signal : undefined }
  }

  static {
    formOf = (client, operation, request, at) => {
      const { values, findings } = client.#read(operation, request, undefined)
      const form = parse(client.#native.form(operation, fit(operation, values), findings, at)) as string | NativeFailure
      if (typeof form !== 'string') throw errorOf(form, formOf)
      return form
    }
    insideOf = (client) => ({ native: client.#native, open: client.#open })
    attempt = ((client: Client, operation: Operation, request: unknown, given: AttemptOptions) => {
      const { began, sink, ...options } = given
      const receiptOf = operation === 'cancel' ? cancelReceipt : partialCancelReceipt
      return client.#run<unknown>(operation, request, options, attempt, receiptOf, { began, sink })
    }) as typeof attempt
  }
}

// Node.js 20 got the symbol late.
if (Symbol.asyncDispose) {
  const dispose = async function (this: Client) {
    await this.close()
  }
  Object.defineProperty(Client.prototype, Symbol.asyncDispose, valued(dispose, 'hidden'))
}
Object.defineProperty(Client.prototype, Symbol.for('nodejs.util.inspect.custom'), valued(inspectClient, 'hidden'))

type Inspect = (value: unknown, options: object) => string

function inspectClient(this: Client, _depth: number, options: object, inspect: Inspect): string {
  return `Client ${inspect(this.toJSON(), options)}`
}

/** The variables that absent settings are taken from. */
function environment(): Values {
  const values: Values = Object.create(null) as Values
  for (const name of native.variables()) if (Object.hasOwn(process.env, name)) values[name] = process.env[name]
  return values
}
