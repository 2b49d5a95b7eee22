// Waiting, by a clock that no test can have stopped.

import { alarm } from '../inbox.js'
import { native } from '../native.js'

/** Waits for so many milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => alarm(milliseconds, resolve))
}

/** The milliseconds that a clock has counted which continues while the machine is suspended. */
export function now(): number {
  return native.moment() * 1_000
}
