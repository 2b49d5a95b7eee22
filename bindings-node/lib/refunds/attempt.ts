// One attempt of a refund: claimed, sent, and its end recorded, wherever that is learnt.

import { listen, type GivenUp, reasonWith } from '../abort.js'
import { attempt } from '../client.js'
import type { Open } from '../closing.js'
import { NotSentError } from '../errors.js'
import { alarm } from '../inbox.js'
import { native, type NativeRunning } from '../native.js'
import type { CancelRequest, PartialCancelRequest } from '../requests.js'
import { answerOf, isPending, PENDING } from './answer.js'
import { type Steps, take } from './steps.js'
import { RefundsError } from './error.js'
import type { Ledger } from './ledger.js'
import { now, pause } from './pause.js'
import { isPromise } from './promised.js'
import { Refund } from './refund.js'
import { runAlone, type Statement, type Texts, textsOf } from './statements.js'
import type { Rows } from './store.js'
import { attempted } from './metrics.js'
import { lost, moved } from './telling.js'
import type { Told } from './told.js'
import { carried, next, type Need } from './work.js'

/** Milliseconds before a write that failed is tried again, and the longest that these grow to. */
const PAUSE = 50
const LONGEST_PAUSE = 2_000
/** Milliseconds for which a write is tried at least, also where its lease is over. */
const LEAST = 1_000

type ToSend = Extract<Need, readonly ['send', ...unknown[]]>

/** How long the end is waited for. */
export interface Patience {
  readonly waitMs: number | undefined
  readonly signal: AbortSignal | undefined
}

/** What a process gives: the refund, and whether anything of it was written. */
export interface Processed {
  refund: Refund
  isMoved: boolean
}

/** Processes a refund, as far as that can be done now. `hasTurn` says that the pace of its batch has let it start. */
export async function processed(ledger: Ledger, key: string, patience: Patience, hasTurn = false): Promise<Processed> {
  const one = new Processing(ledger, key, patience, hasTurn)
  ledger.open.add(one)
  try {
    return await one.run()
  } finally {
    ledger.open.remove(one)
  }
}

/** A refund on its way through one worker: until it is over, a close of the client waits for it. */
class Processing implements Open {
  operation: 'cancel' | 'partial_cancel' = 'cancel'
  tid: string | null = null
  reference: string | null
  /** While the call is open itself. */
  isCovered = false
  readonly #ledger: Ledger
  readonly #key: string
  readonly #patience: Patience
  readonly #hasTurn: boolean
  /** The time limit of the call counts from here, so that a worker that was stopped after its claim sends nothing. */
  readonly #began = native.moment()
  readonly #leaseOver: number
  /** Times are recorded as passed since the claim, so that none is ahead of the database's clock. */
  #claimed = this.#began * 1_000

  constructor(ledger: Ledger, key: string, patience: Patience, hasTurn: boolean) {
    this.#ledger = ledger
    this.#hasTurn = hasTurn
    this.#key = this.reference = key
    this.#patience = patience
    this.#leaseOver = now() + ledger.lease
  }

  async run(): Promise<Processed> {
    const running = this.#ledger.start('process', { key: this.#key, hasTurn: this.#hasTurn })
    let need = next(running)
    let rows: Texts | undefined
    for (;;) {
      switch (need[0]) {
        case 'query':
          // The first one only looks.
          rows = textsOf(await (rows === undefined ? this.#run(need[1]) : this.#claim(running, need[1])))
          need = next(running, rows)
          break
        case 'pause':
          await pause(need[1])
          need = next(running)
          break
        case 'send':
          this.#claimed = now()
          return { refund: await this.#send(running, need), isMoved: true }
        case 'done': {
          const told = need[1] as Told
          const refund = new Refund(told)
          moved(refund, told)
          return { refund, isMoved: 'from' in told }
        }
      }
    }
  }

  /** Runs statements of which some claim the refund: where they fail, they may still have been written. */
  async #claim({ token }: NativeRunning, statements: readonly Statement[]): Promise<Rows> {
    try {
      return await this.#run(statements)
    } catch (error) {
      const unsent = new NotSentError({ message: 'the store failed when it was to be sent', kind: 'aborted' })
      try {
        await take(this.#settling(token ?? '', this.#answer(unsent)))
      } catch {
        // The sweep finds it when its lease is over.
      }
      throw error
    }
  }

  #going(running: NativeRunning, answer: string): Steps<Told> {
    return carried(running, (all) => this.#run(all), next(running, answer))
  }

  #settling(token: string, answer: string): Steps<Told> {
    return carried(this.#ledger.start('settle', { key: this.#key, token, answer }), (all) => this.#run(all))
  }

  /** Runs statements that must not be taken back by anybody. */
  async #run(statements: readonly Statement[]): Promise<Rows> {
    const { store, client } = this.#ledger
    const isOpen = store.inTransaction()
    // A value is not awaited: meanwhile the program could begin a transaction on the handle, which the statements would join.
    if (isPromise(isOpen) ? await isOpen : isOpen) {
      const where = "process() was called within a transaction of the store's handle, which may take back what it writes"
      throw new RefundsError({ kind: 'in_transaction', message: `${where}: call it after the commit`, mid: client.mid })
    }
    return runAlone(store, statements)
  }

  async #send(running: NativeRunning, [, operation, sending, token]: ToSend): Promise<Refund> {
    const { reference, ...request } = sending
    this.operation = operation
    this.tid = sending.tid
    this.reference = reference
    const late = (end: unknown) => this.#write(this.#ended(end), token)
    let end: unknown
    this.isCovered = true
    try {
      end = await this.#attempt(operation, request as never, reference, late)
    } finally {
      this.isCovered = false
    }
    if (isPending(end)) return new Refund(await take(this.#going(running, PENDING)))
    return this.#write(this.#ended(end), token, running)
  }

  /** Makes the call and gives its end; throws where the signal gave up the wait for it. */
  async #attempt(
    operation: 'cancel' | 'partial_cancel',
    request: CancelRequest & PartialCancelRequest,
    reference: string,
    late: (end: unknown) => unknown,
  ): Promise<unknown> {
    const { waitMs, signal } = this.#patience
    const wait = waitMs === undefined ? undefined : Math.max(1, waitMs - (now() - this.#began * 1_000))
    // Of a reason of the caller's nobody could say that it is no end: it may be the error of another call.
    const reason = new Error('the wait was given up')
    const own = new AbortController()
    const giveUp = () => own.abort(reason)
    const unlisten = signal && listen(signal, giveUp)
    if (signal?.aborted) giveUp()
    const options = { began: this.#began, waitMs: wait, signal: signal && own.signal, reference, sink: { late } }
    try {
      return operation === 'cancel'
        ? await attempt(this.#ledger.client, operation, request, options)
        : await attempt(this.#ledger.client, operation, request, options)
    } catch (error) {
      if (error === reason && signal) throw reasonWith(signal, marks(reason))
      return error
    } finally {
      unlisten?.()
    }
  }

  /** Records what came of the attempt, and tries again while the store fails: written twice, it does no harm. */
  async #write(answer: string, token: string, running?: NativeRunning): Promise<Refund> {
    const until = Math.max(this.#leaseOver, now() + LEAST)
    let isTold = false
    const tell = (why: unknown) => {
      if (!isTold) lost(this.#key, answer, why)
      isTold = true
    }
    const callOff = alarm(until + LEAST - now(), () => tell('the store has not taken it yet'))
    try {
      for (let wait = PAUSE; ; wait = Math.min(2 * wait, LONGEST_PAUSE), running = undefined) {
        try {
          const steps = running === undefined ? this.#settling(token, answer) : this.#going(running, answer)
          const told = await take(steps)
          const refund = new Refund(told)
          moved(refund, told)
          return refund
        } catch (error) {
          const left = until - now()
          if (left <= 0) {
            tell(error)
            throw error
          }
          await pause(Math.min(wait, left))
        }
      }
    } finally {
      callOff()
    }
  }

  /** Measures the attempt, and gives its end as it is recorded. */
  #ended(end: unknown): string {
    attempted(this.#ledger.client.mid, this.operation, end, now() - this.#claimed)
    return this.#answer(end)
  }

  #answer(end: unknown): string {
    return answerOf(end, now() - this.#claimed)
  }
}

/** What the client wrote on the reason of an abandoned call. */
function marks(reason: Error): GivenUp {
  const { outcome, tid, reference } = reason as unknown as GivenUp
  return { outcome, tid, reference }
}
