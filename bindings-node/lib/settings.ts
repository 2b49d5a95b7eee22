// A client's settings.

import type { Attempt } from './attempt.js'
import type { Settled } from './settled.js'

/** A client's settings; what is absent is taken from the environment where a variable is named, or has its default. */
export interface ClientOptions {
  /** `mid` 가맹점ID: the merchant id, at most 10 characters. `PAYWELCOME_MID`. */
  mid?: string | null | undefined
  /** The merchant's sign key, as the gateway issued it. Exactly one of this and `mkey`. `PAYWELCOME_SIGN_KEY`. */
  signKey?: string | null | undefined
  /** The SHA-256 of the sign key, as 64 hex digits. Exactly one of this and `signKey`. `PAYWELCOME_MKEY`. */
  mkey?: string | null | undefined
  /** The gateway's host; no default, since money needs an explicit choice. `PAYWELCOME_ENVIRONMENT`. */
  environment?: 'test' | 'production' | null | undefined
  /**
   * Replaces the environment's host, which may then be absent; plain http only to this machine.
   * `PAYWELCOME_BASE_URL`, which beside an `environment` given here may only lead to this machine, such as to a sandbox:
   * a process warning with the code `PAYWELCOME_BASE_URL` then says so.
   */
  baseUrl?: string | null | undefined
  /** Milliseconds for a whole call: connecting, re-sends and the answer; 30,000 by default, at most 3,600,000. */
  timeoutMs?: number | null | undefined
  /** Milliseconds for DNS, TCP, proxy tunnel and TLS together; 5,000 by default, at most 3,600,000. */
  connectTimeoutMs?: number | null | undefined
  /** How often a request that provably never left is tried again within the time limit; 2 by default, at most 10. */
  connectRetries?: number | null | undefined
  /** How the signed values are joined; `name_value` by default. */
  signatureFormat?: 'name_value' | 'concatenated' | null | undefined
  /** How `timestamp` 타임스탬프 is written: 14 digits in KST (the default), or 13 digits of epoch milliseconds. */
  timestampFormat?: 'kst' | 'epoch_ms' | null | undefined
  /**
   * Which echoes of a success must agree with what was asked before it is believed; all three by default. One that is left
   * out and differs, or is missing, is told in the receipt's `mismatches` and by a process warning with the code
   * `PAYWELCOME_MISMATCH`. `ResultCode` must be `00` in any case.
   */
  requiredEchoes?: readonly ('tid' | 'price' | 'remainingPrice')[] | null | undefined
  /** The URL of an http or https proxy, in place of the environment's; not for a plain http `baseUrl`. */
  proxy?: string | null | undefined
  /** The path of a PEM file of certificates to trust besides the bundled roots. */
  caBundle?: string | null | undefined
  /** Whether the environment's proxies are honoured, never for this machine; `true` by default. */
  trustEnv?: boolean | null | undefined
  /**
   * Called once with the result of each abandoned call: its request may have left when its caller stopped waiting. It runs
   * in the asynchronous context of the call, after a process warning with the code `PAYWELCOME_SETTLED`.
   *
   * {@link Client.close} waits for the promise that it returns. If it throws or rejects, the error is the detail of a process
   * warning with the code `PAYWELCOME_ON_SETTLED`.
   */
  onSettled?: ((settled: Settled) => unknown) | null | undefined
  /**
   * Called for each attempt of a call, in order, before the call's promise is settled or `onSettled` is called. It runs in the
   * asynchronous context of the call. If it throws or rejects, the error is the detail of a process warning with the code
   * `PAYWELCOME_ON_ATTEMPT`.
   */
  onAttempt?: ((attempt: Attempt) => unknown) | null | undefined
}

/** The names of a client's settings. */
export const SETTINGS = [
  'mid',
  'signKey',
  'mkey',
  'environment',
  'baseUrl',
  'timeoutMs',
  'connectTimeoutMs',
  'connectRetries',
  'signatureFormat',
  'timestampFormat',
  'requiredEchoes',
  'proxy',
  'caBundle',
  'trustEnv',
  'onSettled',
  'onAttempt',
] as const
