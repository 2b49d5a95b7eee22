// What a merchant's compiler holds, by import. This is compiled, never run.

import {
  type Amount,
  type Attempt,
  type CallMessage,
  type CallOptions,
  cancel,
  CancelReceipt,
  Client,
  type ClientOptions,
  type CloseOptions,
  type Currency,
  DeclinedError,
  type FieldError,
  InvalidRequestError,
  type Mismatch,
  type OpenCall,
  type Outcome,
  OutcomeUnknownError,
  partial_cancel,
  partialCancel,
  PartialCancelReceipt,
  type PayType,
  PaywelcomeError,
  type Settled,
  type SettledDone,
} from 'paywelcome'
import { Sandbox, type SandboxPayment } from 'paywelcome/testing'
import { tracingChannel } from 'node:diagnostics_channel'

/** Holds where the two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <T extends true>(): T | undefined => undefined

// The guide's list is of examples: an editor offers its words, and a new one passes. There are two currencies.
holds<Same<Extract<PayType, 'card' | 'hpp' | 'vbank' | 'bank'>, 'card' | 'hpp' | 'vbank' | 'bank'>>()
'culturegft' satisfies PayType
holds<Same<Currency, 'WON' | 'USD'>>()

declare const signal: AbortSignal
declare const maybe: string | undefined

const options: ClientOptions = {
  mid: 'welcometst',
  signKey: maybe,
  environment: 'test',
  timeoutMs: 30_000,
  connectTimeoutMs: 5_000,
  connectRetries: 2,
  signatureFormat: 'concatenated',
  timestampFormat: 'epoch_ms',
  requiredEchoes: ['price', 'remainingPrice'],
  proxy: null,
  caBundle: undefined,
  trustEnv: false,
  onAttempt: ({ kind, beganAt, pauseMs }: Attempt) => {
    holds<Same<typeof beganAt, Date>>()
    holds<Same<typeof pauseMs, number | null>>()
    // @ts-expect-error: nobody else's word
    kind === 'oops'
  },
  onSettled: (settled: Settled) => {
    holds<Same<typeof settled.reference, string | null>>()
    if (settled.outcome === 'done') {
      holds<Same<typeof settled, SettledDone>>()
      holds<Same<typeof settled.receipt.outcome, 'done'>>()
      holds<Same<typeof settled.receipt, CancelReceipt | PartialCancelReceipt>>()
    }
    else settled.error.outcome satisfies Outcome
  },
}
const client = new Client(options)
new Client()
new Client({})

const full = await client.cancel({ payType: 'card', tid: 't', price: 12_000 }, { signal, timeoutMs: 1 })
holds<Same<typeof full, CancelReceipt>>()
holds<Same<typeof full.price, number>>()
holds<Same<typeof full.moid, string | null>>()
holds<Same<typeof full.cancelledAt, Date | null>>()
holds<Same<typeof full.mismatches, readonly Mismatch[]>>()
holds<Same<Mismatch['field'], 'tid' | 'price' | 'remainingPrice'>>()
holds<Same<Mismatch['answered'], string | null>>()
// A merchant's own tests need not say that nothing differs.
const { mismatches: _, toJSON: __, ...agreeing } = full
new CancelReceipt(agreeing)
const part = await client.partialCancel({ payType: 'newpay', tid: 't', cancelPrice: 1n, confirmPrice: '0', tax: null })
holds<Same<typeof part, PartialCancelReceipt>>()
holds<Same<typeof part.remainingPrice, number>>()
holds<Same<typeof part.cancelTid, string | null>>()
holds<Same<typeof partial_cancel, typeof partialCancel>>()
holds<Same<Awaited<ReturnType<typeof cancel>>, CancelReceipt>>()
const callOptions: CallOptions = { signal: undefined, timeoutMs: undefined, waitMs: 500, reference: 'refund-7' }
full.toJSON()['price'] satisfies unknown
tracingChannel<unknown, CallMessage>('paywelcome:call').asyncEnd.subscribe((message) => message)
await cancel({ payType: 'card', tid: 't', price: '1' satisfies Amount, currency: 'USD', cancelType: 'C' }, callOptions)

// @ts-expect-error: the name of Python
client.cancel({ pay_type: 'card', tid: 't', price: 1 })
// @ts-expect-error: the gateway's word is WON
client.cancel({ payType: 'card', tid: 't', price: 1, currency: 'KRW' })
// @ts-expect-error: a yes or no is not an amount
client.cancel({ payType: 'card', tid: 't', price: true })
// @ts-expect-error: neither is an object with valueOf
client.cancel({ payType: 'card', tid: 't', price: new Date() })
// @ts-expect-error: no price
client.cancel({ payType: 'card', tid: 't' })
// @ts-expect-error: only C
client.cancel({ payType: 'card', tid: 't', price: 1, cancelType: 'D' })
// @ts-expect-error: a partial cancel has no cancelType
client.partialCancel({ payType: 'card', tid: 't', cancelPrice: 1, confirmPrice: 0, cancelType: 'C' })
// @ts-expect-error: confirmPrice says what remains
client.partialCancel({ payType: 'card', tid: 't', cancelPrice: 1 })
// @ts-expect-error: a reference is a text
client.cancel({ payType: 'card', tid: 't', price: 1 }, { reference: 7 })
// @ts-expect-error: the time limit is timeoutMs
client.cancel({ payType: 'card', tid: 't', price: 1 }, { timeout: 1 })
// @ts-expect-error: a close waits for timeoutMs
client.close({ timeout: 1 })
// @ts-expect-error: money needs one of the two
new Client({ mid: 'm', signKey: 'k', environment: 'staging' })
// @ts-expect-error: milliseconds are a number
new Client({ timeoutMs: '30s' })
// @ts-expect-error: names as they are in JavaScript
new Client({ requiredEchoes: ['remaining_price'] })
// @ts-expect-error: an array
new Client({ requiredEchoes: 'tid' })
// @ts-expect-error: the setting is signKey
new Client({ sign_key: 'k' })
// @ts-expect-error: receipts do not change
full.price = 1
// @ts-expect-error: a full cancel has no remaining price
full.remainingPrice
// @ts-expect-error: the base class can't be made
new PaywelcomeError({ message: 'm' })
// @ts-expect-error: a client's inside is its own
client.native

try {
  await client.cancel({ payType: 'card', tid: 't', price: 1 })
} catch (error) {
  if (error instanceof InvalidRequestError) {
    holds<Same<typeof error.errors, readonly FieldError[]>>()
    holds<Same<typeof error.outcome, 'not_sent'>>()
  } else if (error instanceof DeclinedError) {
    holds<Same<typeof error.resultCode, string>>()
    holds<Same<typeof error.outcome, 'declined'>>()
  } else if (error instanceof OutcomeUnknownError) {
    holds<Same<typeof error.safeToResend, boolean>>()
    error.cause satisfies unknown
  } else if (error instanceof PaywelcomeError) {
    holds<Same<typeof error.outcome, Outcome>>()
    error.raw?.['ResultCode'] satisfies unknown
    holds<Same<typeof error.answer, typeof error.raw>>()
    holds<Same<typeof error.host, string | null>>()
    holds<Same<typeof error.bodyExcerpt, string | null>>()
    // @ts-expect-error: nobody else's word
    error.kind === 'oops'
  }
}

{
  await using closing = new Client(options)
  using bank = new Sandbox({ port: 0 })
  closing.baseUrl satisfies string
  const tid: string = bank.approve({ price: 1, payType: 'hpp' })
  bank.payment(tid) satisfies SandboxPayment | null
  bank.client({ timeoutMs: 5 }) satisfies Client
  bank.requests()[0]?.fields['price'] satisfies string | undefined
  // @ts-expect-error: the price is a number
  bank.approve({ price: '1' })
}
await client.close()
const closeOptions: CloseOptions = { timeoutMs: undefined }
const left = await client.close(closeOptions)
holds<Same<typeof left, OpenCall[]>>()
left[0]?.outcome satisfies 'unknown' | undefined
