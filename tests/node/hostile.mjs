// Values and objects as nobody should pass them, and by an independent reading what may become of them.

import { createHash } from 'node:crypto'
import vm from 'node:vm'

import fc from 'fast-check'

import { MID, SIGN_KEY } from './gateway.mjs'

const MOST = BigInt(Number.MAX_SAFE_INTEGER)
const NAMES = {
  cancel: ['payType', 'tid', 'price', 'currency', 'cancelType'],
  partial_cancel: ['payType', 'tid', 'cancelPrice', 'confirmPrice', 'currency', 'tax', 'taxfree'],
}

/** What throws when it is looked at; nothing of the library may look. */
const untouchable = () => {
  const fail = () => { throw new Error('it was looked at') }
  const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, fail]))
  return new Proxy(() => {}, traps)
}

function revoked() {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function nested(depth) {
  let value = []
  for (let at = 0; at < depth; at += 1) value = [value, { value }]
  return value
}

/** Objects that would be a good value for who asks them. */
const liars = (good) => [
  { valueOf: () => good, toString: () => String(good), toJSON: () => good, [Symbol.toPrimitive]: () => good },
  Object(good),
  new (class extends String {
    valueOf() { return good }
    toString() { return String(good) }
  })(String(good)),
  new (class extends Number {
    valueOf() { return good }
  })(12_000),
  [good],
  new Proxy(Object(good), {}),
  vm.runInNewContext('Object(value)', { value: good }),
  Promise.resolve(good),
  { then: (resolve) => resolve(good) },
  Object.assign(Object.create(null), { refused: '', value: good }),
  () => good,
  async () => good,
]

const odd = () => [
  undefined, null, true, false, '', ' ', '\0', 'a\0b', '\ud800', 'ca\udc00rd', '\u{1F600}', '\ufffd', '\u200b', '\u2028',
  0, -0, -1, 0.1, 12_000.5, 5e-324, 1e21, 1e300, 2 ** 53, 2 ** 53 - 1, -(2 ** 53), Number.NaN, Infinity, -Infinity,
  0n, 1n, -1n, MOST, MOST + 1n, -MOST - 1n, 2n ** 64n, 2n ** 64n + 1n, 2n ** 127n, -(2n ** 63n), 2n ** 4_000n,
  '0', '00', '1', '007', '12,000', '1,2,3', '1e3', '0x10', '12000.0', '+5', '-5', '9007199254740991', '9007199254740992',
  '9'.repeat(22), '9'.repeat(23), '0'.repeat(30), 'x'.repeat(41), '１２０００',
  'C', 'c', 'USD', 'KRW', 'card', 'hpp', 'CARD', 'signature',
  'a=b&signature=c', '%00', 'tid\r\nX: y', '한국'.repeat(20), 'x'.repeat(100_000),
  Symbol('s'), Symbol.iterator, {}, [], new Date(5), /x/, new Map([[1, 2]]), new Uint8Array(8), new ArrayBuffer(8),
  new WeakMap(), globalThis, untouchable(), revoked(), nested(2_000), Object.freeze({ price: 1 }),
]

/** Keeps a value from being looked at by who only carries it. */
class Box {
  #value
  constructor(value) { this.#value = value }
  open() { return this.#value }
  [fc.toStringMethod]() { return `a ${typeof this.#value}` }
}

const boxed = (values) => fc.constantFrom(...values.map((value) => new Box(value)))
const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 45 })
const text = units.map((codes) => String.fromCharCode(...codes))
const anything = fc.oneof(
  boxed(odd()),
  fc.constantFrom(12_000, 'card', 'C', 'WON', 'a-payment').chain((good) => boxed(liars(good))),
  text,
  fc.string({ maxLength: 45 }),
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt(),
  fc.bigInt({ min: -MOST, max: MOST }),
  fc.bigInt({ min: 0n, max: 10n ** 23n }).map(String),
  fc.nat().map((value) => value.toLocaleString('en')),
  fc.object(),
)

const good = {
  payType: fc.constantFrom('card', 'hpp', 'vbank', 'bank', 'newpay'),
  tid: fc.oneof(fc.constantFrom('a-payment', '결제-1', '😀'), fc.stringMatching(/^[A-Za-z0-9]{1,40}$/)),
  currency: fc.constantFrom(undefined, null, 'WON', 'USD'),
  cancelType: fc.constantFrom(undefined, null),
}
const amount = fc.oneof(fc.integer({ min: 1 }), fc.bigInt({ min: 1n, max: MOST }), fc.constantFrom('12,000', '7'))
const field = (name) => fc.oneof({ arbitrary: good[name] ?? amount, weight: 8 }, { arbitrary: anything, weight: 1 })

/** The values of one call, and the shape of the object that carries them. */
export const calls = fc.constantFrom('cancel', 'partial_cancel').chain((operation) =>
  fc.record({
    operation: fc.constant(operation),
    values: fc.record(Object.fromEntries(NAMES[operation].map((name) => [name, field(name)])), {
      requiredKeys: NAMES[operation].slice(0, 3),
    }),
    shape: fc.constantFrom(...Object.keys(shapes)),
    at: fc.nat({ max: 6 }),
  }),
)

const given = (...words) =>
  fc.oneof({ arbitrary: fc.constantFrom(...words), weight: 20 }, { arbitrary: anything, weight: 1 })
const setting = (...words) => given(undefined, null, ...words)

/** The settings of one client, and the shape of the object that carries them. */
export const clients = fc.record({
  values: fc.record({
    mid: given('welcometst'),
    signKey: given(SIGN_KEY),
    environment: given('test', 'production'),
    baseUrl: setting('http://127.0.0.1:1', 'https://[::1]/'),
    timeoutMs: setting(1, 30_000),
    connectTimeoutMs: setting(5.5),
    connectRetries: setting(0, 10),
    signatureFormat: setting('name_value', 'concatenated'),
    timestampFormat: setting('kst', 'epoch_ms'),
    proxy: setting('http://127.0.0.1:1'),
    trustEnv: setting(false),
    onSettled: setting(),
  }, { requiredKeys: ['mid', 'signKey'] }),
  shape: fc.constantFrom('plain', 'frozen', 'inherited', 'getters', 'a proxy', 'a proxy that throws', 'with symbols'),
  at: fc.nat({ max: 6 }),
})

const own = new Error('the merchant’s own')
const fail = () => { throw own }

/** Keeps the first value that was read of each name; every later reading gets another. */
function recorder(values, seen) {
  return (name) => {
    if (!(name in seen)) return (seen[name] = values[name])
    seen[name] = Symbol('read twice')
    return 'another'
  }
}

/**
 * Makes an object of `values`. What it gives is the object and either of: the values as they are or will have been
 * `seen`, with the `unknown` keys; or `throws`, which what it throws must be.
 */
const shapes = {
  plain: (values) => ({ object: { ...values }, seen: values }),
  'without a prototype': (values) => ({ object: Object.assign(Object.create(null), values), seen: values }),
  frozen: (values) => ({ object: Object.freeze({ ...values }), seen: values }),
  inherited: (values) => ({ object: Object.create({ ...values }), seen: values }),
  'of another realm': (values) => ({ object: Object.assign(vm.runInNewContext('({})'), values), seen: values }),
  'with symbols': (values) => ({
    object: { ...values, [Symbol('price')]: 1, [Symbol.toPrimitive]: fail },
    seen: values,
  }),
  'with hidden properties': (values) => ({
    object: Object.defineProperty({ ...values }, 'memo', { get: fail, enumerable: false }),
    seen: values,
  }),
  'with lies': (values) => ({
    object: { ...values, toJSON: undefined, valueOf: fail },
    seen: values,
    unknown: ['toJSON', 'valueOf'],
  }),
  'with an unknown key': (values) => ({ object: { ...values, '\ud800\0': 1 }, seen: values, unknown: ['\ufffd\0'] }),
  'with a price for everybody': (values) => ({
    object: { ...values, ['__proto__']: { price: 1 } },
    seen: values,
    unknown: ['__proto__'],
  }),
  getters(values) {
    const seen = {}
    const get = recorder(values, seen)
    const object = {}
    for (const name of Object.keys(values)) {
      Object.defineProperty(object, name, { get: () => get(name), enumerable: true })
    }
    return { object, seen }
  },
  'getters of a class'(values) {
    const seen = {}
    const get = recorder(values, seen)
    class Refund {}
    for (const name of Object.keys(values)) Object.defineProperty(Refund.prototype, name, { get: () => get(name) })
    return { object: new Refund(), seen }
  },
  'a getter that changes the others'(values) {
    const seen = {}
    const object = { ...values }
    // Whatever is read before it is as it was, whatever is read after it is not.
    for (const [name, value] of Object.entries(values)) {
      Object.defineProperty(object, name, {
        enumerable: true,
        configurable: true,
        get() {
          for (const other of Object.keys(values)) {
            if (!(other in seen) && other !== name) {
              const changed = { get: () => (seen[other] = 7), enumerable: true, configurable: true }
              Object.defineProperty(object, other, changed)
            }
          }
          return (seen[name] = value)
        },
      })
    }
    return { object, seen }
  },
  'a proxy'(values) {
    const seen = {}
    const get = recorder(values, seen)
    return { object: new Proxy({ ...values }, { get: (_, name) => (name in values ? get(name) : undefined) }), seen }
  },
  'a proxy of many keys': (values) => ({
    object: new Proxy({ ...values }, {
      ownKeys: (target) => [...Reflect.ownKeys(target), ...Array.from({ length: 5_000 }, (_, at) => `k${at}`)],
    }),
    seen: values,
  }),
  'a getter that throws'(values, at) {
    const names = Object.keys(values)
    const object = Object.defineProperty({ ...values }, names[at % names.length], { get: fail, enumerable: true })
    return { object, throws: own }
  },
  'a proxy that throws': (values, at) => ({
    object: new Proxy({ ...values }, { [['get', 'ownKeys', 'getOwnPropertyDescriptor'][at % 3]]: fail }),
    throws: own,
  }),
  'a proxy that was revoked': () => ({ object: revoked(), throws: TypeError }),
  'an array': (values) => ({ object: Object.assign([], values), seen: {}, unknown: ['request'] }),
  'a promise': (values) => ({ object: Promise.resolve(values), seen: {} }),
  'a function': (values) => ({ object: Object.assign(() => values, values), seen: {}, unknown: ['request'] }),
}

/** Makes the object of a call. */
export function dress({ shape, values, at }) {
  const unboxed = Object.entries(values).map(([name, value]) => [name, value instanceof Box ? value.open() : value])
  return { unknown: [], ...shapes[shape](Object.fromEntries(unboxed), at) }
}

const isAbsent = (value) => value === undefined || value === null

/** The digits that an amount posts, or null where it is none. */
function digits(value) {
  let whole = null
  if (Number.isSafeInteger(value)) whole = BigInt(value)
  else if (typeof value === 'bigint') whole = value
  else if (typeof value === 'string' && /^(\d+|\d{1,3}(,\d{3})+)$/.test(value)) {
    const plain = value.replaceAll(',', '')
    if (plain.length <= 22) whole = BigInt(plain)
  }
  return whole !== null && whole >= 0n && whole <= MOST ? String(whole) : null
}

const positive = (value) => {
  const posted = digits(value)
  return posted === '0' ? null : posted
}
const tax = (value) => {
  const posted = isAbsent(value) ? '' : digits(value)
  return posted !== null && posted.length <= 10 ? posted : null
}

/** What a copy and paste, or a template that nobody filled in, leaves in an identifier. */
const DEBRIS = [
  /[\p{Cc}\p{Default_Ignorable_Code_Point}\uFFFD]|(?! )\p{White_Space}|^ | $/u,
  /^[\p{Quotation_Mark}`´]|[\p{Quotation_Mark}`´]$/u,
  /^(undefined|null|None|nil|NaN|\[object Object\])$/,
  /^([*•●∙]+|<.*>|\$[A-Z_][A-Z0-9_]*|%[A-Za-z_]\w*%)$/s,
  /\$\{.*\}|\$\(.*\)|\{\{.*\}\}|#\{.*\}|<%.*%>/s,
  /^(bearer |paywelcome_|export )| #/i,
]

/** Each field's reading: what is posted, '' for nothing, null for what must be refused. */
const readings = {
  payType: (value) => (typeof value === 'string' && /^[a-z][a-z0-9_]{0,9}$/.test(value) ? value : null),
  tid(value) {
    if (typeof value !== 'string' || value === '' || !value.isWellFormed()) return null
    if (DEBRIS.some((debris) => debris.test(value))) return null
    return [...value].length <= 40 ? value : null
  },
  price: positive,
  cancelPrice: positive,
  confirmPrice: digits,
  currency: (value) => (isAbsent(value) ? 'WON' : ['WON', 'USD'].find((word) => word === value) ?? null),
  cancelType(value, { payType }) {
    if (isAbsent(value)) return ''
    return value === 'C' && !['card', 'vbank', 'bank'].includes(payType) ? 'C' : null
  },
  tax,
  taxfree: tax,
}

/** What must be posted, or the fields that must be named. */
export function reading(operation, seen, unknown) {
  const posted = {}
  const refused = [...unknown]
  for (const name of NAMES[operation]) {
    const value = readings[name](seen[name], seen)
    if (value === null) refused.push(name)
    else if (value !== '') posted[name] = value
  }
  return refused.length > 0 ? { refused } : { posted }
}

/** The signature of a form, from the documented rule. */
export function signature(timestamp) {
  const sha256 = (plain) => createHash('sha256').update(plain).digest('hex')
  return sha256(`mid=${MID}&mkey=${sha256(SIGN_KEY)}&timestamp=${timestamp}`)
}
