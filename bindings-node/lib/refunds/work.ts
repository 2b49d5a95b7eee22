// Something that was started: what it asks for is done, until it is over.

import { parse } from '../json.js'
import type { NativeRunning } from '../native.js'
import { ask, type Steps } from './steps.js'
import { type Refusal, refusalError } from './error.js'
import { pause } from './pause.js'
import { type Statement, type Texts, textsOf } from './statements.js'
import type { Rows } from './store.js'

/** The arguments of a cancel that is to be sent, under the names of the client. */
export interface Sending {
  readonly tid: string
  readonly reference: string
}

/** What is needed next. */
export type Need =
  | readonly ['query', readonly Statement[]]
  | readonly ['send', 'cancel' | 'partial_cancel', Sending, token: string]
  | readonly ['pause', number]
  | readonly ['done', unknown]

/** Gives what was asked for, and gets what is needed next. */
export function next(running: NativeRunning, given?: Texts | string): Need {
  const need = parse(running.next(given)) as Need | readonly ['refused', Refusal]
  if (need[0] === 'refused') throw refusalError(need[1])
  return need
}

/** Takes what was started to its end, where it sends nothing. */
export function* carried<T>(
  running: NativeRunning,
  run: (statements: readonly Statement[]) => Rows | Promise<Rows>,
  first: Need = next(running),
): Steps<T> {
  let need = first
  for (;;) {
    switch (need[0]) {
      case 'query':
        need = next(running, textsOf(yield* ask(run(need[1]))))
        break
      case 'pause':
        yield* ask(pause(need[1]))
        need = next(running)
        break
      case 'done':
        return need[1] as T
      case 'send':
        throw new Error('this sends nothing')
    }
  }
}
