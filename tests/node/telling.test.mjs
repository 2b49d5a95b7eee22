// The result of an abandoned call: a warning, a call of onSettled, and awaited by close().

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import test from 'node:test'

import { Client } from 'paywelcome'
import { CANCEL, done, gateway, json, rejection, settings, TID } from './gateway.mjs'

const left = { operation: 'cancel', tid: TID, reference: null, outcome: 'unknown' }

/** What is resolved by hand. */
function deferred() {
  let resolve, reject
  const promise = new Promise((...both) => { [resolve, reject] = both })
  return { promise, resolve, reject }
}

/** The process's warnings for the length of a test. */
function warnings(t) {
  const seen = []
  const listen = (warning) => seen.push(warning)
  process.on('warning', listen)
  t.after(() => process.off('warning', listen))
  return seen
}

/** A client, and `giveUp`, which gives up the wait for a call that has left; `release` has the gateway answer all. */
async function given(t, onSettled, answer = done) {
  const released = deferred()
  const server = await gateway(t, async (request) => {
    await released.promise
    return answer(request)
  })
  const client = new Client(settings(server, onSettled && { onSettled }))
  const giveUp = async (more = {}) => {
    const controller = new AbortController()
    const arrived = server.arrived()
    const failed = rejection(client.cancel({ ...CANCEL, ...more }, { signal: controller.signal }))
    await arrived
    controller.abort()
    assert.equal((await failed).outcome, 'unknown')
  }
  return { server, client, giveUp, release: released.resolve }
}

test('close() waits for the promise that onSettled gives', async (t) => {
  const row = deferred()
  const told = deferred()
  let written = false
  const onSettled = async () => {
    told.resolve()
    await row.promise
    written = true
  }
  const { client, giveUp, release } = await given(t, onSettled)
  await giveUp()
  release()
  await told.promise
  // It has ended, and is being told: open to whoever does not wait that long.
  assert.deepEqual(await client.close({ timeoutMs: 0 }), [left])
  assert.deepEqual(await client.close({ timeoutMs: 20 }), [left])
  const closing = [client.close(), client.close({ timeoutMs: 60_000 }), client[Symbol.asyncDispose]()]
  row.resolve()
  assert.deepEqual(await Promise.all(closing), [[], [], undefined])
  assert.ok(written)
  assert.deepEqual(await client.close({ timeoutMs: 0 }), [])
})

test('without onSettled, or with one that is done at once, nothing more is waited for', async (t) => {
  for (const onSettled of [undefined, () => {}, () => 7, () => ({}), () => () => {}]) {
    const { client, giveUp, release } = await given(t, onSettled)
    await giveUp()
    const closing = client.close()
    release()
    assert.deepEqual(await closing, [])
  }
})

test('what onSettled is called with is, as JSON, a whole entry of an order’s history', async (t) => {
  const answers = [done, () => json({ ResultCode: 'E1', ResultMsg: 'no' })]
  for (const [at, outcome] of ['done', 'declined'].entries()) {
    const told = []
    const { client, giveUp, release } = await given(t, (settled) => void told.push(settled), answers[at])
    await giveUp()
    release()
    assert.deepEqual(await client.close(), [])
    const [settled] = told
    const kept = JSON.parse(JSON.stringify(settled))
    assert.deepEqual([kept.operation, kept.tid, kept.reference, kept.outcome], ['cancel', TID, null, outcome])
    const held = outcome === 'done' ? { receipt: settled.receipt } : { error: settled.error }
    for (const [name, { outcome: own }] of Object.entries(held)) {
      assert.equal(own, outcome)
      assert.deepEqual(kept[name], JSON.parse(JSON.stringify(settled[name])))
      assert.equal(kept[name].outcome, outcome)
    }
  }
})

/** A process of its own whose call is given up once it has left, and then answered; `rest` is run after that. */
async function program(t, onSettled, rest = '') {
  const answer = deferred()
  const server = await gateway(t, async (request) => {
    await answer.promise
    return done(request)
  })
  const source = `
    const { Client } = await import('paywelcome')
    const client = new Client({ ...${JSON.stringify(settings(server))}, onSettled: ${onSettled} })
    const controller = new AbortController()
    process.stdin.once('data', () => { process.stdin.destroy(); controller.abort() })
    const more = { signal: controller.signal, reference: 'row 7' }
    await client.cancel(${JSON.stringify(CANCEL)}, more).catch(({ outcome }) => console.log(outcome))
    ${rest}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { cwd: new URL('.', import.meta.url) })
  t.after(() => child.kill('SIGKILL'))
  await server.arrived()
  child.stdin.write('abort')
  child.stdout.setEncoding('utf8')
  assert.deepEqual(await once(child.stdout, 'data'), ['unknown\n'])
  answer.resolve()
  return child
}

test('a limit holds where nothing else keeps the process running', async (t) => {
  const rest = 'console.log(JSON.stringify(await client.close({ timeoutMs: 1_000 })))'
  const child = await program(t, '() => new Promise(() => {})', rest)
  const [[out], end] = await Promise.all([once(child.stdout, 'data'), once(child, 'close')])
  assert.deepEqual(JSON.parse(out), [{ ...left, reference: 'row 7' }])
  assert.deepEqual(end, [0, null])
})

test('a function that hangs keeps the warning back neither as a promise nor in a loop', async (t) => {
  for (const hangs of ['() => new Promise(() => {})', '() => { for (;;); }']) {
    const child = await program(t, hangs, 'setInterval(() => {}, 1_000)')
    let noise = ''
    for await (const chunk of child.stderr) if ((noise += chunk).includes('\n')) break
    assert.match(noise, new RegExp(`PAYWELCOME_SETTLED.*cancel of ${TID}, reference row 7, .* is settled: done`))
    child.kill('SIGKILL')
  }
})

const own = new Error('the merchant’s own')
const unprintable = Object.defineProperty(new Error(), 'stack', { get() { throw new Error('no stack') } })
for (const [what, onSettled, detail] of [
  ['throws', () => { throw own }, /^Error: the merchant’s own\n +at .*telling\.test\.mjs/],
  ['rejects', async () => { throw own }, /^Error: the merchant’s own\n/],
  ['rejects with its cause', async () => { throw new Error('no row', { cause: own }) }, /no row[^]*the merchant’s own/],
  ['throws no error', () => { throw { code: 'ECONNRESET' } }, /^\{ code: 'ECONNRESET' \}$/],
  ['rejects with nothing', () => Promise.reject(), /^undefined$/],
  ['gives a thenable that rejects', () => ({ then: (_, reject) => reject(own) }), /the merchant’s own/],
  ['gives a thenable that throws', () => ({ then() { throw own } }), /the merchant’s own/],
  ['gives what can not be asked for its then', () => ({ get then() { throw own } }), /the merchant’s own/],
  ['gives a promise of a strange kind', () => Object.defineProperty(Promise.resolve(), 'constructor', { get() { throw own } }), /own/],
  ['throws what can not be shown', () => { throw unprintable }, /./],
]) {
  test(`an onSettled that ${what}: the warning names the cause, and it is told once`, async (t) => {
    const seen = warnings(t)
    const { client, giveUp, release, server } = await given(t, onSettled)
    await giveUp({ tid: 'late' })
    const arrived = server.arrived()
    const other = client.cancel(CANCEL)
    await arrived
    const closing = client.close()
    release()
    assert.equal((await other).price, 12_000)
    assert.deepEqual(await closing, [])
    assert.deepEqual(seen.map(({ name, code }) => [name, code]), [
      ['PaywelcomeWarning', 'PAYWELCOME_SETTLED'],
      ['PaywelcomeWarning', 'PAYWELCOME_ON_SETTLED'],
    ])
    assert.equal(seen[1].message, 'onSettled failed for cancel of late: done')
    assert.match(seen[1].detail, detail)
  })
}

test('a thenable is waited for as a promise is', async (t) => {
  const told = deferred()
  let resolve
  const { client, giveUp, release } = await given(t, () => ({ then(given) { resolve = given; told.resolve() } }))
  await giveUp()
  release()
  await told.promise
  assert.deepEqual(await client.close({ timeoutMs: 10 }), [left])
  const closing = client.close()
  resolve()
  assert.deepEqual(await closing, [])
})

test('a close within onSettled waits for all calls but those whose end it, or another such close, is told', async (t) => {
  const lists = []
  const slow = deferred()
  let client
  const onSettled = async ({ tid }) => {
    if (tid === 'slow') await slow.promise
    // Also where it was not the first thing that the function does.
    else await new Promise(setImmediate)
    lists.push([tid, (await client.close()).map(({ tid }) => tid)])
  }
  const calls = await given(t, onSettled)
  client = calls.client
  for (const tid of ['a', 'b', 'slow']) await calls.giveUp({ tid })
  const closing = client.close()
  calls.release()
  slow.resolve()
  assert.deepEqual(await closing, [])
  assert.deepEqual(lists.map(([tid]) => tid).sort(), ['a', 'b', 'slow'])
  for (const [tid, left] of lists) assert.ok(!left.includes(tid))
})

test('two clients whose functions close each other', async (t) => {
  const both = []
  const lists = []
  for (const at of [0, 1]) {
    both.push(await given(t, async () => {
      await new Promise(setImmediate)
      lists.push(await both[1 - at].client.close())
    }))
  }
  for (const { giveUp } of both) await giveUp()
  const closing = both.map(({ client }) => client.close())
  for (const { release } of both) release()
  assert.deepEqual(await Promise.all(closing), [[], []])
  assert.equal(lists.length, 2)
})

test('a close within onSettled has its limit, and one within onAttempt waits for its own call', async (t) => {
  const lists = []
  const answers = new Map()
  const server = await gateway(t, (request) => new Promise((resolve) => answers.set(request.fields.tid, () => resolve(done(request)))))
  const told = deferred()
  const onSettled = async () => {
    lists.push(await client.close({ timeoutMs: 20 }))
    told.resolve()
  }
  const client = new Client(settings(server, { onSettled }))
  const controller = new AbortController()
  const failed = rejection(client.cancel({ ...CANCEL, tid: 'a' }, { signal: controller.signal }))
  await server.arrived()
  const other = client.cancel({ ...CANCEL, tid: 'b' })
  await server.arrived()
  controller.abort()
  await failed
  answers.get('a')()
  await told.promise
  assert.deepEqual(lists, [[{ ...left, tid: 'b' }]])
  answers.get('b')()
  await other
  assert.deepEqual(await client.close(), [])

  let closing
  const watched = new Client(settings(server, { onAttempt: () => { closing = watched.close() } }))
  const last = watched.cancel({ ...CANCEL, tid: 'c' })
  await server.arrived()
  answers.get('c')()
  assert.equal((await last).tid, 'c')
  assert.deepEqual(await closing, [])
})

test('an emitWarning of someone else’s that throws breaks nothing', async (t) => {
  t.mock.method(process, 'emitWarning', () => { throw new Error('theirs') })
  const told = []
  const { client, giveUp, release } = await given(t, ({ outcome }) => { told.push(outcome); throw own })
  await giveUp()
  const closing = client.close()
  release()
  assert.deepEqual(await closing, [])
  assert.deepEqual(told, ['done'])
})
