// The demo where there is no Python: Node.js cancels payments at a sandbox gateway in this process.
//
// `make demo` runs it. It exits non-zero if a single won of the ledger is off.
import assert from 'node:assert/strict'
import { DeclinedError, InvalidRequestError, OutcomeUnknownError } from 'paywelcome'
import { Sandbox } from 'paywelcome/testing'

const AT_ONCE = 50
/** What must remain of each payment at the end, by the demo's own reckoning. */
const expected = new Map()

const gateway = new Sandbox()
const client = gateway.client()
console.log(`A sandbox gateway listens on ${gateway.url}; no money moves.`)

title(`${AT_ONCE} at once, half of them in part`)
const receipts = await Promise.all(
  Array.from({ length: AT_ONCE }, (_, n) => {
    const price = 2_000 + n
    const partly = n % 2 === 0
    const tid = approve(price, partly ? price - 500 : 0)
    return partly
      ? client.partialCancel({ payType: 'card', tid, cancelPrice: 500, confirmPrice: price - 500 })
      : client.cancel({ payType: 'card', tid, price })
  }),
)
console.log(receipts[0])
console.log(receipts[1])
const givenBack = receipts.reduce((sum, receipt) => sum + receipt.price, 0)
console.log(`${receipts.length} receipts, ${givenBack.toLocaleString('en')} won given back`)

title('A decline: nothing moved')
const declined = await failure(client.cancel({ payType: 'card', tid: receipts[1].tid, price: receipts[1].price }))
assert(declined instanceof DeclinedError)
console.log(`outcome=${declined.outcome} resultCode=${declined.resultCode}\n${declined.resultMsg}`)

title('A call with wrong arguments: every one is named, nothing was sent')
const before = gateway.requestCount
const wrong = await failure(client.cancel({ payType: 'Card', tid: ' t', price: 10_000.5, currency: 'KRW' }))
assert(wrong instanceof InvalidRequestError)
for (const { field, message } of wrong.errors) console.log(`${field}: ${message}`)
assert.equal(gateway.requestCount, before)

title('The line is cut after the gateway did it: unknown, and not sent again')
const tid = approve(7_000, 5_000)
gateway.arm('close', { when: 'after_applying', tid })
const asked = { payType: 'card', tid, cancelPrice: 2_000, confirmPrice: 5_000 }
const unknown = await failure(client.partialCancel(asked))
assert(unknown instanceof OutcomeUnknownError)
console.log(`outcome=${unknown.outcome} kind=${unknown.kind} safeToResend=${unknown.safeToResend}\n${unknown.message}`)
assert.equal(gateway.requestCount, before + 1)
console.log(`sent once; in the gateway's ledger, ${gateway.payment(tid).remaining.toLocaleString('en')} of 7,000 won remain`)

title('The ledger')
for (const payment of gateway.payments()) {
  assert.equal(payment.remaining, expected.get(payment.tid))
  assert.equal(payment.cancelled + payment.remaining, payment.price)
}
assert.equal(gateway.payments().length, expected.size)
console.log(`Every won of ${expected.size} payments is accounted for, after ${gateway.executions} cancels.`)
await client.close()
gateway.close()

function title(text) {
  console.log(`\n── ${text} `.padEnd(100, '─'))
}

function approve(price, remains) {
  const tid = gateway.approve({ price })
  expected.set(tid, remains)
  return tid
}

/** The error that a call must end with. */
async function failure(call) {
  return call.then(() => assert.fail('a receipt came where an error was due'), (error) => error)
}
