// The Node.js half of the demo: cancels the payments it is told on standard input, all at once.
import { text } from 'node:stream/consumers'
import { Client, DeclinedError } from 'paywelcome'

const payments = JSON.parse(await text(process.stdin))
const client = new Client() // from the PAYWELCOME_* variables

const receipts = await Promise.all(
  payments.map(({ tid, price, cancelPrice }) =>
    cancelPrice === null
      ? client.cancel({ payType: 'card', tid, price })
      : client.partialCancel({ payType: 'card', tid, cancelPrice, confirmPrice: price - cancelPrice }),
  ),
)
console.log(receipts[0])
console.log(receipts[1])
const givenBack = receipts.reduce((sum, receipt) => sum + receipt.price, 0)
console.log(`${receipts.length} receipts, ${givenBack.toLocaleString('en')} won given back`)

// The same payment a second time: the gateway declines, and says why.
const [, { tid, price }] = payments
try {
  await client.cancel({ payType: 'card', tid, price })
  throw new Error('a payment was cancelled twice')
} catch (error) {
  if (!(error instanceof DeclinedError)) throw error
  console.log(`again: outcome=${error.outcome} resultCode=${error.resultCode}`)
}
await client.close()
