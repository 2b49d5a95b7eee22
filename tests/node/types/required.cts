// What a merchant's compiler holds, by require. This is compiled, never run.

import paywelcome = require('paywelcome')
import testing = require('paywelcome/testing')

const client: paywelcome.Client = new testing.Sandbox().client()
const receipt: Promise<paywelcome.CancelReceipt> = client.cancel({ payType: 'card', tid: 't', price: 1 })
receipt.catch((error: unknown) => error instanceof paywelcome.DeclinedError && error.resultMsg)
// @ts-expect-error: there is no such name
paywelcome.refund
