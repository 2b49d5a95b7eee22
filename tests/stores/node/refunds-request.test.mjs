// Writing refunds down: in the caller's transaction or by itself, once for each key, and nothing where an argument is wrong.

import assert from 'node:assert/strict'
import test from 'node:test'

import pg from 'pg'

import { InvalidRequestError } from '../../../bindings-node/dist/index.mjs'
import { pgStore, Refund, Refunds, RefundsError, schema } from '../../../bindings-node/dist/refunds.mjs'
import { each, failure } from './shop.mjs'

/** The names of what an error finds wrong. */
const fields = (error) => {
  assert.ok(error instanceof InvalidRequestError, error.stack)
  return error.errors.map(({ field }) => field)
}

each('a refund is recorded, and nothing is sent', async (shop) => {
  const refunds = await shop.refunds()
  const asked = shop.ask({ reference: 'order 7 / 취소 🧾', batch: 'today', tax: '300', taxfree: 0n })
  const given = refunds.request(asked)
  assert.equal(given instanceof Promise, shop.kind !== 'sqlite')
  const refund = await given
  assert.ok(refund instanceof Refund)
  const { key, mid, state, amount, paid, remaining, currency, reference, batch, tax, taxfree, attempts } = refund
  assert.deepEqual(
    { key, mid, state, amount, paid, remaining, currency, reference, batch, tax, taxfree, attempts },
    {
      key: asked.key, mid: shop.bank.mid, state: 'requested', amount: 3_000, paid: 12_000, remaining: 12_000, currency: 'WON',
      reference: 'order 7 / 취소 🧾', batch: 'today', tax: 300, taxfree: 0, attempts: 0,
    },
  )
  assert.ok(refund.requestedAt instanceof Date && refund.dueAt instanceof Date)
  assert.deepEqual([refund.sentAt, refund.review, refund.raw, refund.isEnded], [null, null, null, false])
  assert.ok(Object.isFrozen(refund))
  assert.equal(shop.bank.requestCount, 0)
  assert.deepEqual(await refunds.get(asked.key), refund)
  assert.deepEqual(await refunds.due(), [asked.key])
  assert.deepEqual([await refunds.due(500, { batch: 'today' }), await refunds.due(1, { batch: 'other' })], [[asked.key], []])
})

each('in the caller’s transaction it is committed, or never was', async (shop) => {
  const refunds = await shop.refunds()
  const kept = shop.ask()
  const refund = await shop.caller((store) => {
    const given = refunds.request(kept, store)
    assert.equal(given instanceof Promise, shop.kind !== 'sqlite')
    return given
  })
  assert.equal(refund.state, 'requested')
  assert.equal((await refunds.get(kept.key)).state, 'requested')
  const undone = shop.ask()
  const undo = new Error('the order could not be saved')
  const error = await failure(() => shop.caller((store) => {
    const given = refunds.request(undone, store)
    const after = (made) => {
      assert.equal(made.state, 'requested')
      throw undo
    }
    return given instanceof Promise ? given.then(after) : after(given)
  }))
  assert.equal(error, undo)
  assert.equal((await failure(refunds.get(undone.key))).kind, 'not_found')
  assert.deepEqual(await refunds.due(), [kept.key])
})

each('a refused request leaves the caller’s transaction as it was', async (shop) => {
  const refunds = await shop.refunds()
  const good = shop.ask()
  await shop.caller((store) => {
    const refused = () => refunds.request({ ...good, key: 'too-much', amount: 20_000 }, store)
    if (shop.kind === 'sqlite') {
      assert.throws(refused, InvalidRequestError)
      return refunds.request(good, store)
    }
    return assert.rejects(refused(), InvalidRequestError).then(() => refunds.request(good, store))
  })
  assert.equal((await refunds.get(good.key)).state, 'requested')
})

each('the same key with the same values is the same refund; with others it is refused', async (shop) => {
  const refunds = await shop.refunds()
  const asked = shop.ask()
  await refunds.request(asked)
  assert.equal((await refunds.request({ ...asked, amount: '3,000' })).state, 'requested')
  await refunds.process(asked.key)
  assert.equal((await refunds.request(asked)).state, 'done')
  const error = await failure(() => refunds.request({ ...asked, amount: 2_000, payType: 'bank', paid: 10_000 }))
  assert.deepEqual(fields(error).sort(), ['amount', 'paid', 'payType'])
  assert.equal(error.mid, shop.bank.mid)
  assert.equal(shop.cancelled(asked.tid), 3_000)
})

each('no more is asked for than remains', async (shop) => {
  const refunds = await shop.refunds()
  const first = shop.ask({ amount: 8_000 })
  await refunds.request(first)
  const error = await failure(() => refunds.request({ ...first, key: 'second', amount: 4_001 }))
  assert.deepEqual(fields(error), ['amount'])
  assert.equal((await refunds.request({ ...first, key: 'third', amount: 4_000 })).state, 'requested')
  const parts = shop.ask({ amount: 5_001, remaining: 5_000 })
  assert.deepEqual(fields(await failure(() => refunds.request(parts))), ['amount'])
})

each('every argument that is wrong is named, and nothing is written', async (shop) => {
  const refunds = await shop.refunds()
  const asked = shop.ask()
  const wrong = [
    [{ key: '', tid: undefined, amount: 0, paid: 1.5, payType: 7 }, ['key', 'tid', 'payType', 'amount', 'paid']],
    [{ key: 'half \ud83d', amount: { toFixed: () => '1' } }, ['key', 'amount']],
    [{ key: 'nul\0', amount: 2n ** 60n }, ['key', 'amount']],
    [{ amount: '9007199254740993', paid: Number.NaN, remaining: -1 }, ['amount', 'paid', 'remaining']],
    [{ paytype: 'card', currency: 'KRW', store: shop.store }, ['currency', 'paytype', 'store']],
    [{ reference: 'x'.repeat(201), batch: ' b', tax: true, taxfree: [] }, ['tax', 'taxfree', 'reference', 'batch']],
    [{ key: 'k'.repeat(101), tid: 't'.repeat(41), remaining: 12_001 }, ['key', 'tid', 'remaining']],
    [{ key: Symbol('k'), amount: () => 1 }, ['key', 'amount']],
  ]
  for (const [more, expected] of wrong) {
    assert.deepEqual(fields(await failure(() => refunds.request({ ...asked, ...more }))), expected)
  }
  for (const given of [undefined, null, 'refund-1', [asked], 3]) {
    assert.ok(fields(await failure(() => refunds.request(given))).includes('request'), String(given))
  }
  assert.deepEqual(await refunds.due(), [])
  const message = (await failure(() => refunds.request({ ...asked, paytype: 'card' }))).message
  assert.match(message, /^nothing was recorded: .*paytype: unknown; did you mean payType\?$/)
})

each('many rows are written, all or none', async (shop) => {
  const refunds = await shop.refunds()
  const rows = Array.from({ length: 2_500 }, (_, at) => ({
    key: `row-${at}`, tid: `tid-${shop.bank.mid}-${at}`, amount: 10, paid: 100, payType: 'card',
  }))
  const given = refunds.requestMany(rows, { batch: 'concert-17' })
  assert.equal(given instanceof Promise, shop.kind !== 'sqlite')
  assert.deepEqual({ ...(await given) }, { requested: 2_500, known: 0 })
  assert.deepEqual({ ...(await refunds.requestMany(rows.slice(0, 10), { batch: 'concert-17' })) }, { requested: 0, known: 10 })
  assert.equal((await refunds.due(100_000, { batch: 'concert-17' })).length, 2_500)
  const more = rows.slice(0, 3).map((row) => ({ ...row, key: `${row.key}-b` }))
  const error = await failure(() => refunds.requestMany([...more, { ...more[0], key: 'x', amount: 91 }, { ...more[1] }, null]))
  assert.deepEqual(fields(error), ['rows[4].key', 'rows[5].key', 'rows[5].tid', 'rows[5].payType', 'rows[5].amount', 'rows[5].paid', 'rows[5]'])
  assert.deepEqual(fields(await failure(() => refunds.requestMany([...more, { ...more[0], key: 'x', amount: 91 }]))), ['rows[3].amount'])
  assert.equal((await failure(refunds.get(more[0].key))).kind, 'not_found')
  const named = await failure(() => refunds.requestMany(rows.map((row) => ({ ...row, amount: 'x' }))))
  // The rest is counted.
  assert.equal(named.errors.length, 1_000)
  assert.match(named.message, /\(2500 errors; the first 1000 are named\): .*rows\[19\]\.amount: is not a whole number; .*; and 980 more$/)
  assert.ok(!named.message.includes('rows[20]'))
  for (const wrong of [undefined, {}, 'rows']) assert.ok(fields(await failure(() => refunds.requestMany(wrong))).includes('rows'))
  assert.deepEqual(fields(await failure(() => refunds.requestMany([], { batches: 'x' }))), ['batches'])
  // Rows that can't be packed are read one by one.
  const odd = [{ ...more[0], amount: 5n }, { ...more[1], key: 'tab\tkey' }]
  assert.deepEqual(fields(await failure(() => refunds.requestMany(odd))), ['rows[1].key'])
  assert.deepEqual({ ...(await refunds.requestMany([odd[0]])) }, { requested: 1, known: 0 })
  const { requested } = await refunds.counts()
  assert.deepEqual({ ...requested }, { refunds: 2_501, amount: 25_005 })
})

each('rows of one payment agree on what remained before them', async (shop) => {
  const refunds = await shop.refunds()
  const one = { ...shop.ask({ amount: 1_000 }), remaining: 9_000 }
  const rows = ['a', 'b'].map((key) => ({ ...one, key: `${one.key}-${key}` }))
  const error = await failure(() => refunds.requestMany([rows[0], { ...rows[1], remaining: 8_000 }]))
  assert.deepEqual(fields(error), ['rows[1].remaining'])
  assert.match(error.message, /is not what rows\[0\] says of this payment, 9000; pass what remained before all of them/)
  assert.deepEqual({ ...(await refunds.requestMany(rows)) }, { requested: 2, known: 0 })
  assert.equal((await refunds.get(rows[1].key)).remaining, 9_000)
}, ['sqlite'])

each('many rows in the caller’s transaction', async (shop) => {
  const refunds = await shop.refunds()
  const rows = [shop.ask(), shop.ask()]
  const undo = new Error('undo')
  const error = await failure(() => shop.caller((store) => {
    const given = refunds.requestMany(rows, { store })
    const after = (made) => {
      assert.deepEqual({ ...made }, { requested: 2, known: 0 })
      throw undo
    }
    return given instanceof Promise ? given.then(after) : after(given)
  }))
  assert.equal(error, undo)
  assert.deepEqual(await refunds.due(), [])
})

each('two requests at once for the last of a payment: one is refused', async (shop) => {
  const refunds = await shop.refunds()
  const other = await shop.refunds({ store: shop.makeStore() })
  const asked = shop.ask({ amount: 12_000 })
  const ask = async (by, key) => by.request({ ...asked, key })
  const made = await Promise.allSettled([ask(refunds, 'a'), ask(other, 'b')])
  assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 1)
  const loser = made[0].status === 'rejected' ? 'a' : 'b'
  // InnoDB may have ended one of them in place of letting it wait.
  const { reason } = made.find(({ status }) => status === 'rejected')
  const error = reason.code === 'ER_LOCK_DEADLOCK' ? await failure(() => ask(refunds, loser)) : reason
  assert.deepEqual(fields(error), ['amount'])
})

each('a merchant sees no other merchant’s refunds', async (shop) => {
  const refunds = await shop.refunds()
  const asked = shop.ask()
  await refunds.request(asked)
  shop.bank.addMerchant('other', 'its-key')
  const others = await shop.refunds({ client: shop.bank.client({ mid: 'other', signKey: 'its-key' }) })
  assert.equal((await failure(others.get(asked.key))).kind, 'not_found')
  assert.deepEqual([await others.due(), await others.inReview(), (await others.counts()).requested.refunds], [[], [], 0])
})

each('tables that are missing are told, with the cure', async (shop, t) => {
  const pool = new pg.Pool({ connectionString: shop.url, options: '-c search_path=nowhere' })
  t.after(() => pool.end())
  const refunds = new Refunds(shop.client, pgStore(pool), { quietMs: 0 })
  const asked = shop.ask()
  const calls = {
    request: () => refunds.request(asked),
    requestMany: () => refunds.requestMany([asked]),
    process: () => refunds.process(asked.key),
    get: () => refunds.get(asked.key),
    due: () => refunds.due(),
    run: () => refunds.run(),
  }
  for (const [name, call] of Object.entries(calls)) {
    const error = await failure(call)
    assert.ok(error instanceof RefundsError, name)
    assert.deepEqual([error.kind, error.mid], ['schema', shop.bank.mid])
    assert.match(error.message, /has no tables for refunds; paywelcome refunds schema prints them/)
  }
  assert.equal(shop.bank.requestCount, 0)
}, ['postgres'])

each('SQLite gets its tables by itself', async (shop) => {
  const refunds = new Refunds(shop.client, shop.store, { quietMs: 0 })
  const asked = shop.ask()
  const undo = new Error('undo')
  // Tables that a transaction has made are taken back with it, which the next use must not forget.
  await assert.rejects(async () => shop.caller((store) => {
    assert.equal(refunds.request(asked, store).state, 'requested')
    throw undo
  }), undo)
  assert.equal(refunds.request(asked).state, 'requested')
  assert.equal((await refunds.process(asked.key)).state, 'done')
}, ['sqlite'])

test('the tables as SQL', () => {
  for (const dialect of ['sqlite', 'postgres', 'mysql']) assert.match(schema(dialect), /CREATE TABLE IF NOT EXISTS paywelcome_refund/)
  assert.throws(() => schema('oracle'), InvalidRequestError)
  assert.throws(() => schema(), /dialect: must be/)
})

each('refunds are refused with settings that are wrong, each of which is named', async (shop) => {
  const make = (client, store, options) => () => new Refunds(client, store, options)
  const wrong = [
    [make({}, shop.store), ['client']],
    [make(undefined, undefined, { quietMs: 0 }), ['client', 'store']],
    [make(shop.client, { dialect: 'sqlite' }), ['store']],
    [make(shop.client, { ...shop.store, dialect: 'oracle' }), ['store']],
    [make(shop.client, shop.store, { quietMs: -1, confirmPriceEnforced: 'yes' }), ['confirmPriceEnforced', 'quietMs']],
    [make(shop.client, shop.store, { quiet: 600 }), ['quiet']],
    [make(shop.client, shop.store, { rehearsal: [], quietMs: -1 }), ['rehearsal', 'quietMs']],
    [make(shop.client, shop.store, 600), ['options']],
  ]
  for (const [makes, expected] of wrong) assert.deepEqual(fields(await failure(makes)), expected)
  const far = shop.bank.client({ baseUrl: 'https://pay.example' })
  assert.deepEqual(fields(await failure(make(far, shop.store, { quietMs: 599_999 }))), ['quietMs'])
  assert.equal(new Refunds(far, shop.store, { quietMs: 600_000 }).mid, shop.bank.mid)
  const refunds = await shop.refunds()
  const { transaction, query, inTransaction } = shop.store
  const mistaken = { dialect: 'mysql', transaction, query, inTransaction }
  assert.deepEqual(fields(await failure(() => refunds.request(shop.ask(), mistaken))), ['store'])
  assert.deepEqual(fields(await failure(() => refunds.request(shop.ask(), {}))), ['store'])
}, ['sqlite'])

test('an error of refunds is made for tests as well', () => {
  const until = new Date()
  const error = new RefundsError({ message: 'too early', kind: 'ruling', until, mid: 'm' })
  assert.deepEqual([error.name, error.code, error.kind, error.until, error.mid], ['RefundsError', 'PAYWELCOME_REFUNDS', 'ruling', until, 'm'])
  assert.deepEqual([new RefundsError({ message: 'x', kind: 'busy' }).until, String(error)], [null, 'RefundsError: too early'])
  const refund = new Refund({ key: 'a', state: 'declined', pay_type: 'card', requested_at: 0 })
  assert.deepEqual([refund.key, refund.payType, refund.requestedAt, refund.isEnded, refund.tid], ['a', 'card', new Date(0), true, null])
  assert.equal(JSON.parse(JSON.stringify(refund)).requestedAt, '1970-01-01T00:00:00.000Z')
})
