// Everything that can be shown of a client and its calls, shown; secrets.test.mjs reads what came out.

import assert from 'node:assert'
import { once } from 'node:events'
import { format, inspect } from 'node:util'
import v8 from 'node:v8'

import { Client } from 'paywelcome'

const { settings, request, credentials, key, mkey, password, dead } = (await once(process, 'message'))[0]

/** Every value that can be got at from `value`, whatever hides it. */
function* reachable(value, seen = new Set()) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    yield value
    return
  }
  if (seen.has(value) || seen.size > 20_000) return
  seen.add(value)
  for (const name of Reflect.ownKeys(value)) {
    yield name
    const { value: inner, get } = Reflect.getOwnPropertyDescriptor(value, name)
    yield* reachable(inner, seen)
    if (get) {
      try {
        yield* reachable(get.call(value), seen)
      } catch {
        // A getter of the prototype's own.
      }
    }
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype && ![Object.prototype, Function.prototype].includes(prototype)) {
    yield* reachable(prototype, seen)
    for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (get && name !== '__proto__') yield* reachable(Reflect.get(prototype, name, value), seen)
    }
  }
}

function show(value) {
  const whole = { depth: Infinity, maxArrayLength: null, maxStringLength: null }
  const deep = { ...whole, showHidden: true, getters: true, showProxy: true }
  console.log(value)
  console.error(value)
  console.dir(value, deep)
  console.log(inspect(value, { ...deep, customInspect: false }))
  console.log(format('%s %o %O %j', value, value, value, value), String(value))
  console.log(JSON.stringify(value), JSON.stringify({ value }, null, 1))
  for (let error = value; error; error = error.cause) console.log(error.stack, error.message, error.toString())
  for (const copy of [() => structuredClone(value), () => structuredClone({ ...value })]) {
    try {
      console.log(inspect(copy(), deep))
    } catch (error) {
      console.log(error)
    }
  }
  try {
    const bytes = v8.serialize(value)
    console.log(bytes.toString('latin1'), bytes.toString('utf16le'), bytes.subarray(1).toString('utf16le'))
  } catch (error) {
    console.log(error)
  }
  for (const found of reachable(value)) if (['string', 'symbol'].includes(typeof found)) console.log(String(found))
  try {
    assert.deepStrictEqual(value, { another: 'thing' })
  } catch (error) {
    console.log(error, error.message)
  }
  console.log(new AggregateError([value], 'all'), new Error('above', { cause: value }))
}

process.on('warning', show)

for (const credential of credentials) {
  const client = new Client({ ...settings, ...credential, onSettled: (settled) => show(settled) })
  const rejected = (promise) => promise.then(show, show)
  show(client)
  show([client, { client }])
  for (const tid of ['done', 'echoes', 'echoes-html', 'echoes-declined', 'lost', 'status', 'noise']) {
    await rejected(client.cancel({ ...request, tid }))
    await rejected(client.partialCancel({ payType: 'card', tid, cancelPrice: 1, confirmPrice: 2 }))
  }
  // A key in the place of anything else.
  for (const secret of [key, mkey]) {
    for (const name of ['payType', 'price', 'currency', 'cancelType', 'signKey', 'mkey']) {
      await rejected(client.cancel({ ...request, [name]: secret }))
    }
    await rejected(client.cancel(secret))
    await rejected(client.cancel(request, { timeoutMs: secret, signal: secret }))
    await rejected(client.close(secret))
  }
  // Given up, told to onSettled and as a warning.
  for (const giver of [client, new Client({ ...settings, ...credential })]) {
    const controller = new AbortController()
    const failed = rejected(giver.cancel({ ...request, tid: 'held' }, { signal: controller.signal }))
    await once(process, 'message')
    controller.abort()
    await failed
    process.send('release')
    await giver.close()
  }
  await rejected(client.cancel(request))
  const proxy = `http://user:${password}@${dead}`
  const elsewhere = { environment: 'test', baseUrl: null, proxy, connectRetries: 0 }
  const proxied = new Client({ ...settings, ...credential, ...elsewhere })
  show(proxied)
  await rejected(proxied.cancel(request))
}

for (const wrong of [
  { signKey: `${key}\n` }, { signKey: key, mkey }, { mkey: key }, { mkey: mkey.toUpperCase().slice(1) },
  { sign_key: key }, { signkey: key, mkey },
  { signKey: key, mid: key }, { signKey: key, environment: key, baseUrl: key },
  { signKey: key, baseUrl: `https://user:${password}@127.0.0.1` },
  { signKey: key, proxy: `socks9://user:${password}@127.0.0.1` }, { signKey: key, caBundle: `/${key}` },
  { signKey: key, timeoutMs: key, trustEnv: key },
  { signKey: [key] }, { signKey: { key } }, { signKey: new String(key) }, { signKey: () => key }, key, [key],
]) {
  try {
    const options = typeof wrong === 'object' && !Array.isArray(wrong) ? { ...settings, ...wrong } : wrong
    show(new Client(options))
  } catch (error) {
    show(error)
  }
}
console.log(JSON.stringify(process.report.getReport()))
process.disconnect()
// The end is an error that nobody catches, which has all it can have.
const client = new Client({ ...settings, signKey: key })
const error = await client.cancel({ ...request, tid: 'lost' }).catch((failed) => failed)
// What is written is written before the end.
await new Promise((resolve) => process.stdout.write('', resolve))
throw Object.assign(error, { client, settled: client })
