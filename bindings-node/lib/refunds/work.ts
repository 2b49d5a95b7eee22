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

type ToRun = readonly ['query', readonly Statement[]]

/** Statements as they are handed over: a long text stands beside them, once, and its place in its stead. */
type Handed = readonly [
  'query',
  readonly (readonly [pieces: readonly string[], values: readonly (string | number | null)[]])[],
  texts: readonly string[],
]

/** What is needed next. */
export type Need =
  | ToRun
  | readonly ['send', 'cancel' | 'partial_cancel', Sending, token: string]
  | readonly ['pause', number]
  | readonly ['done', unknown]

/** Gives what was asked for, and gets what is needed next. */
export function next(running: NativeRunning, given?: Texts | string): Need {
  const need = parse(running.next(given)) as Exclude<Need, ToRun> | Handed | readonly ['refused', Refusal]
  if (need[0] === 'refused') throw refusalError(need[1])
  if (need[0] !== 'query') return need
  const [, statements, texts] = need
  return ['query', statements.map(([pieces, values]) => [pieces, values.map((value) => whole(value, texts))])]
}

/** A value, or the long text of that place. */
function whole(value: string | number | null, texts: readonly string[]): string | null {
  return typeof value === 'number' ? (texts[value] ?? null) : value
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
