// A sandbox behaves as the gateway of a rehearsal did.

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { Sandbox, useSandbox } from 'paywelcome/testing'

const ODD = new URL('../rehearsals/odd.json', import.meta.url)
const read = () => JSON.parse(readFileSync(ODD, 'utf8'))
const folder = mkdtempSync(join(tmpdir(), 'paywelcome-'))
after(() => rmSync(folder, { recursive: true }))

function open(options) {
  const gateway = new Sandbox(options)
  after(() => gateway.close())
  return gateway
}

const client = (gateway) =>
  gateway.client({ signatureFormat: 'concatenated', requiredEchoes: ['price', 'remaining_price'] })

test('calls end as they did there', async () => {
  const gateway = open({ rehearsal: ODD })
  const tid = gateway.approve({ price: 1000 })
  const asked = { payType: 'card', tid, cancelPrice: 400 }
  const there = client(gateway)
  await assert.rejects(there.partialCancel({ ...asked, confirmPrice: 601 }), { outcome: 'declined', resultCode: '1409' })
  // This gateway spells what remains in a way of its own.
  await assert.rejects(there.partialCancel({ ...asked, confirmPrice: 600 }), { outcome: 'unknown' })
  assert.equal(gateway.payment(tid).remaining, 600)
  const page = await gateway.client().partialCancel({ ...asked, confirmPrice: 200 }).catch((error) => error)
  assert.deepEqual([page.outcome, page.httpStatus, page.bodyExcerpt.includes('bad signature of')], ['unknown', 400, true])
})

test('it takes a path, a URL or what is in the file, and says whose gateway it is', () => {
  for (const rehearsal of [ODD, fileURLToPath(ODD), read()]) {
    const found = open({ rehearsal }).rehearsal
    assert.deepEqual([found.mid, found.gateway, found.kind], ['oddshop001', 'https://gateway.example', 'production'])
    assert.equal(found.finishedAt, '2026-11-29T14:30:00+09:00')
    assert.ok(found.answers.includes('confirm_price') && found.defaults.includes('answers.second_full'))
  }
  assert.equal(open().rehearsal, null)
})

test('rules that are given win, and a reset keeps both', () => {
  let again
  const hooks = { beforeEach: (run) => (again = run), after }
  const gateway = useSandbox(hooks, { rehearsal: ODD, rules: { confirmPrice: 'enforced' }, guard: false })
  for (let time = 0; time < 2; time += 1) {
    const { confirmPrice, connections, checkedFirst } = gateway.rules()
    assert.deepEqual([confirmPrice, connections, checkedFirst], ['enforced', 'closed', 'tid'])
    gateway.setRules({ confirmPrice: 'ignored', connections: 'kept', confirmPriceAtOnce: 'enforced' })
    again()
  }
  assert.equal(gateway.rehearsal.mid, 'oddshop001')
})

test('faults still break it', async () => {
  const gateway = open({ rehearsal: ODD })
  const tid = gateway.approve({ price: 1000 })
  gateway.arm('close', { when: 'before_applying' })
  const cancel = { payType: 'card', tid, cancelPrice: 400, confirmPrice: 600 }
  await assert.rejects(client(gateway).partialCancel(cancel), { outcome: 'unknown' })
  assert.equal(gateway.payment(tid).remaining, 1000)
})

test('a wrong file is refused with its place', () => {
  const joined = read()
  joined.findings.signature.format = 'joined'
  const status = read()
  status.findings.answers.confirm_price.status = 1
  for (const [file, words] of [
    [{}, 'rehearsal: format: must be paywelcome-rehearsal'],
    [{ ...read(), version: 2 }, 'rehearsal: version: 2 was written by a newer paywelcome'],
    [joined, 'rehearsal: findings.signature.format: '],
    [status, 'rehearsal: findings.answers.confirm_price.status: '],
  ]) {
    const path = join(folder, 'rehearsal.json')
    writeFileSync(path, JSON.stringify(file))
    for (const rehearsal of [file, path]) {
      assert.throws(
        () => new Sandbox({ rehearsal }),
        (error) => error.code === 'invalid_argument' && error.argument === 'rehearsal' && error.message.startsWith(words),
      )
    }
  }
  assert.throws(() => new Sandbox({ rehearsal: join(folder, 'none.json') }), { code: 'ENOENT' })
})
