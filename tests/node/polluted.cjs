// A program that has added to every object before it loads the package; it says what then became of its calls.

const { writeSync } = require('node:fs')

const [kind, settings, request, names] = process.argv.slice(2).map((given) => JSON.parse(given))
const kinds = {
  'a value': () => ({ value: 'theirs', writable: true, enumerable: true }),
  'a function': () => ({ value: () => 'theirs', writable: true, enumerable: true }),
  'a value that stays': () => ({ value: 'theirs', writable: false }),
  'a getter': () => ({ get: () => undefined }),
  'a setter that keeps nothing': () => ({ get: () => 'theirs', set() {} }),
  'what throws': () => ({ get() { throw new Error('theirs') }, set() { throw new Error('theirs') } }),
}
if (kind === 'frozen') Object.freeze(Object.prototype)
else for (const name of names) Object.defineProperty(Object.prototype, name, { __proto__: null, configurable: true, ...kinds[kind]() })

const told = (promise) => promise.then(
  ({ price, raw }) => ['done', price, raw.ResultCode],
  (error) => [error.name, ...['outcome', 'kind', 'tid', 'errors'].map((name) => Object.hasOwn(error, name) && error[name])],
)

async function main() {
  const { Client, ConfigurationError } = require('paywelcome')
  const ends = []
  try {
    new Client({ mid: settings.mid })
  } catch (error) {
    ends.push(error instanceof ConfigurationError)
  }
  const late = []
  const client = new Client({ ...settings, onSettled: ({ outcome }) => late.push(outcome), onAttempt() {} })
  const { signal } = new AbortController()
  ends.push(await told(client.cancel(request, { signal })))
  ends.push(await told(client.cancel({ ...request, price: 1 })))
  ends.push(await told(client.cancel({ ...request, price: -1, other: 1 })))
  ends.push(await told(client.cancel(request, { signal: AbortSignal.abort() })))
  const controller = new AbortController()
  const given = told(client.cancel({ ...request, price: 2 }, { signal: controller.signal }))
  process.once('message', () => controller.abort())
  ends.push(await given)
  process.send('given up')
  ends.push((await client.close({ timeoutMs: 60_000 })).length, late)
  if (kind !== 'frozen') for (const name of names) delete Object.prototype[name]
  writeSync(1, JSON.stringify(ends))
  process.disconnect()
}

main().catch((error) => {
  writeSync(2, String(error.stack))
  process.exit(1)
})
