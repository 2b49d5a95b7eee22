// Options of calls on refunds, checked: each that is wrong is named.

import { isSignal } from '../abort.js'
import { read, unless } from '../arguments.js'
import type { FieldError } from '../outcome.js'
import type { Patience } from './attempt.js'
import { invalid } from './error.js'
import type { RunOptions, RunPlan } from './run.js'

/** How long to wait for the result of a refund. */
export interface ProcessOptions {
  /**
   * Milliseconds to wait for the gateway, above 0 and at most 3,600,000; absent, to the end of the call. If it takes longer, the
   * refund is returned as `sending`, and its result is recorded when it arrives.
   */
  waitMs?: number | null | undefined
  /**
   * Stops the wait: the promise rejects with the signal's reason, which carries `outcome`, `tid` and `reference` as for the
   * client's calls. A sent request continues, and its result is recorded when it arrives.
   */
  signal?: AbortSignal | null | undefined
}

const PROCESS_OPTIONS = ['waitMs', 'signal'] as const satisfies readonly (keyof ProcessOptions)[]
const RUN_OPTIONS = [
  'pace',
  'concurrency',
  'batch',
  'signal',
  'untilIdle',
  'pollMs',
] as const satisfies readonly (keyof RunOptions)[]

const LONGEST = 3_600_000
const MOST_CALLS = 512
const MOST_A_SECOND = 10_000

/** Reads how long a process is waited for. */
export function patienceOf(options: unknown, mid: string): Patience {
  const { values, findings } = read(options, 'options', PROCESS_OPTIONS)
  const { waitMs, signal } = values
  findings.push(...within('waitMs', waitMs, Number.MIN_VALUE, LONGEST, 'milliseconds, above 0 and at most 3,600,000'))
  findings.push(...unless(isSignal(signal), 'signal', signal, 'an AbortSignal'))
  refuse(findings, mid)
  return { waitMs: (waitMs ?? undefined) as number | undefined, signal: isSignal(signal) ? signal : undefined }
}

/** Reads how a run works. */
export function planOf(options: unknown, mid: string): RunPlan {
  const { values, findings } = read(options, 'options', RUN_OPTIONS)
  const { pace, concurrency, batch, signal, untilIdle, pollMs } = values
  findings.push(...within('pace', pace, 0.001, MOST_A_SECOND, 'refunds a second, from 0.001 to 10,000'))
  findings.push(...within('concurrency', concurrency, 1, MOST_CALLS, 'refunds, a whole number from 1 to 512', Number.isInteger))
  findings.push(...unless(typeof batch === 'string', 'batch', batch, 'a text'))
  findings.push(...unless(isSignal(signal), 'signal', signal, 'an AbortSignal'))
  findings.push(...unless(typeof untilIdle === 'boolean', 'untilIdle', untilIdle, 'true or false'))
  findings.push(...within('pollMs', pollMs, 10, LONGEST, 'milliseconds, from 10 to 3,600,000'))
  refuse(findings, mid)
  return {
    pace: (pace ?? undefined) as number | undefined,
    concurrency: (concurrency ?? 8) as number,
    batch: (batch ?? undefined) as string | undefined,
    signal: isSignal(signal) ? signal : undefined,
    untilIdle: untilIdle === true,
    pollMs: (pollMs ?? 1_000) as number,
  }
}

function refuse(findings: readonly FieldError[], mid: string): void {
  if (findings.length > 0) throw invalid('the arguments are wrong', findings, mid)
}

/** A finding, where `value` is given and no number from `least` to `most` that fits. */
export function within(
  field: string,
  value: unknown,
  least: number,
  most: number,
  wanted: string,
  fits: (value: number) => boolean = () => true,
): FieldError[] {
  const wrong = unless(typeof value === 'number', field, value, `a number of ${wanted}`)
  if (typeof value !== 'number' || (value >= least && value <= most && fits(value))) return wrong
  return [{ field, message: `is ${value}; pass a number of ${wanted}` }]
}
