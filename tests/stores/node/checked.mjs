// The cases of the contract, each as a test of its own.

import test from 'node:test'

import { checkStore, storeCases } from '../../../bindings-node/dist/testing.mjs'

/** Tests a kind of stores in each case; `opened` gives what makes one, and how a caller opens a transaction. */
export function checkCases(name, opened, { skip = false, only = storeCases } = {}) {
  test(name, { skip }, async (t) => {
    const { make, caller, close } = await opened(t)
    try {
      for (const each of only) await t.test(each, () => checkStore(make, { caller, case: each, timeoutMs: 20_000 }))
    } finally {
      await close?.()
    }
  })
}
