// What a merchant's compiler holds of `paywelcome/testing`. This is compiled, never run.

import type { Client } from 'paywelcome'
import {
  type ArmedFault,
  type Fault,
  Sandbox,
  type SandboxClock,
  SandboxError,
  type SandboxMerchant,
  type SandboxPayment,
  type SandboxRequest,
  type SandboxRules,
  useSandbox,
} from 'paywelcome/testing'
import test, { after, beforeEach } from 'node:test'

/** Holds where the two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <T extends true>(): T | undefined => undefined

const bank = new Sandbox({ port: 0, mid: 'm', signKey: 'k', tls: true, rules: { fullPrice: 'ignored' } })
holds<Same<typeof bank.caBundle, string | null>>()
bank.approve({
  price: 1,
  payType: 'vbank',
  partiallyCancellable: false,
  deposited: true,
  escrow: undefined,
  mid: 'm',
  tid: 't',
  approvedAt: '20260930000000',
}) satisfies string

const rules = bank.setRules({ confirmPrice: 'enforced', freshnessSeconds: 'off', timestamp: '14' })
holds<Same<typeof rules, SandboxRules>>()
bank.setRules({ freshnessSeconds: 60 }).freshnessSeconds satisfies number | null
bank.clock() satisfies SandboxClock
bank.setClock({ at: '20260930000000', mode: 'running' }).now satisfies string
bank.advance(-5).mode satisfies 'fixed' | 'running' | 'machine'
const shop = bank.addMerchant('other', undefined)
holds<Same<typeof shop, SandboxMerchant>>()
shop.client({ timeoutMs: 5 }) satisfies Client
bank.setBalance() satisfies unknown[]
bank.setBalance({ amount: null })[0]?.creditAt satisfies string | null | undefined
bank.setTls('tls_1_1').handshakes satisfies number | null
bank.seed('seed.json')
bank.seed(new URL('file:///seed.json'))
bank.seed({ payments: [{ price: 1 }], faults: [{ kind: 'redirect', location: '/' }], rules: { cancelTidLength: 22 } })
bank.reset() satisfies void

const fault = bank.arm('close', { when: 'late', lateMs: 5, tid: 't', nth: 2, times: 0, endpoint: 'repay' })
holds<Same<typeof fault, Fault>>()
fault.id satisfies number
fault.fired() satisfies number
bank.arm('bom')
bank.arm('close', { when: 'late' })
for (const when of ['after_applying', 'before_applying', 'late'] as const) bank.arm('stall', { when, ms: 5 })
bank.arm('status', { status: 503, body: 'receipt', probability: 0.5, seed: 1 })
bank.arm('refuse_connections', { ms: 100, closeOpen: false })
bank.faults() satisfies ArmedFault[]
bank.disarm()[0]?.remaining satisfies number | null | undefined
{
  using armed = bank.arm('redirect', { location: 'http://127.0.0.1/', status: 307 })
  armed.kind satisfies string
}

const request = await bank.nextRequest({ tid: 't', timeoutMs: 5 })
holds<Same<typeof request, SandboxRequest>>()
request.explanation?.mistakes[0] satisfies string | undefined
request.fault?.when satisfies 'after_applying' | 'before_applying' | 'late' | undefined
request.executedLate satisfies string | null
request.received.text satisfies string | undefined
const found = await bank.waitFor(() => bank.payment('t'))
holds<Same<typeof found, SandboxPayment>>()
found.partiallyCancellable satisfies boolean
;(await bank.events({ since: 1, timeoutMs: 5 })).events[0]?.event satisfies string | undefined
bank.command<{ payments: number }>('stats').payments satisfies number
bank.command('payment', { tid: 't' })['tid'] satisfies unknown

useSandbox({ beforeEach, after }) satisfies Sandbox
test('', (t) => void useSandbox(t, { tls: true, guard: false }))

try {
  bank.advance(1)
} catch (error) {
  if (error instanceof SandboxError) {
    error.argument satisfies string | null
    error.code satisfies 'invalid_argument' | 'unknown_command' | 'not_found' | 'unavailable' | 'timeout'
  }
}

// @ts-expect-error: the name of Python
bank.approve({ price: 1, partially_cancellable: true })
// @ts-expect-error: there is no such rule
bank.setRules({ price: 'ignored' })
// @ts-expect-error: a rule's word
bank.setRules({ fullPrice: 'off' })
// @ts-expect-error: there is no such fault
bank.arm('explode')
// @ts-expect-error: nothing is late without being told to
bank.arm('close', { lateMs: 5 })
// @ts-expect-error: nor before
bank.arm('close', { when: 'before_applying', lateMs: 5 })
// @ts-expect-error: the same in a seed
bank.seed({ faults: [{ kind: 'close', lateMs: 5 }] })
// @ts-expect-error: a redirect leads somewhere
bank.arm('redirect')
// @ts-expect-error: that belongs to another kind
bank.arm('bom', { ms: 5 })
// @ts-expect-error: it meets connections, not requests
bank.arm('refuse_connections', { tid: 't' })
// @ts-expect-error: a time is 14 digits
bank.setClock({ at: new Date() })
// @ts-expect-error: there is no such mode
bank.setTls('sslv3')
// @ts-expect-error: what is closed after the last test is needed
useSandbox({ beforeEach })
// @ts-expect-error: the fault is known at once
bank.arm('bom').then()
// @ts-expect-error: requests do not change
request.executed = true
