// The native half's inbox → who waits for what is in it: one for each JavaScript thread.

import { Context } from './context.js'
import { parse } from './json.js'
import { goesOn, native, type NativeAttempt, type NativeCalls, type NativeEnd } from './native.js'

/** Somebody who waits for the end of a call, or for an alarm; it never throws. It is told before that its wait is over. */
export interface Waiting {
  end(attempts: NativeAttempt[] | null, end: NativeEnd): void
}

let calls: NativeCalls | undefined
const waiting = new Map<number, Waiting>()
let last = 0

// What the native half calls runs in the context that it was made in, and holds it: no call's, but that of the whole program.
const program = new Context()

/** The calls that are under way here. */
export function nativeCalls(): NativeCalls {
  return (calls ??= program.runInAsyncScope(() => new native.Calls(collect)))
}

/** Waits for the end of the call that will be started under the number that this gives. */
export function expect(wait: Waiting): number {
  // None is used again soon, so that what comes late of a call can't be taken for another's.
  last = (last + 1) >>> 0
  waiting.set(last, wait)
  return last
}

/** Waits for it no more, and tells whether it was waited for. */
export function forget(id: number): boolean {
  return waiting.delete(id)
}

/** Tells everything that has ended. Nothing of JavaScript's is below it, so that nothing but its own end can cut it off. */
function collect(): void {
  for (let more = true; more && calls !== undefined; ) {
    const batch = parse(calls.collect()) as unknown[]
    more = batch[0] as boolean
    for (let at = 1; at < batch.length; at += 3) {
      const id = batch[at] as number
      const wait = waiting.get(id)
      const end = batch[at + 2] as NativeEnd
      if (!goesOn(end)) waiting.delete(id)
      wait?.end(batch[at + 1] as NativeAttempt[] | null, end)
    }
  }
}

/** Calls `ring` after so many milliseconds, whatever a test made of timers; gives what calls it off. */
export function alarm(milliseconds: number, ring: () => void): () => void {
  const owner = nativeCalls()
  const id = expect({ end: ring })
  owner.alarm(id, Math.ceil(milliseconds))
  return () => {
    if (waiting.delete(id)) owner.callOff(id)
  }
}

/** Waits until what has ended by now was told. */
export function turn(): Promise<void> {
  return new Promise((resolve) => alarm(0, resolve))
}

/** Lets go of what the native half calls, unless something is under way here. */
export function letGo(): void {
  if (calls?.release()) calls = undefined
}
