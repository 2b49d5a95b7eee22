// The caller's objects → values that the native half can judge: each property read once, nothing coerced.

import type { Values } from './native.js'
import { nearest } from './nearest.js'
import type { FieldError } from './outcome.js'

/** What was read of a caller's object, and what is wrong with the object itself. */
export interface Reading {
  values: Values
  findings: FieldError[]
}

/** Makes objects without a prototype, which are faster than those of `Object.create(null)`. */
const Own = function () {} as unknown as new () => Values
Own.prototype = Object.create(null)

/** A value that JavaScript itself can tell is wrong; the native half reports it beside all other fields. */
class Refused {
  constructor(readonly refused: string) {}
}

/**
 * Reads the properties `names` of `given`, each once; what a getter or a proxy throws goes to the caller.
 *
 * @param what - What to call the object itself where it is none.
 * @param elsewhere - Names that belong into the other argument.
 */
export function read(
  given: unknown,
  what: string,
  names: readonly string[],
  elsewhere: readonly string[] = [],
): Reading {
  const values: Values = new Own()
  if (given === undefined) return { values, findings: [] }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return { values, findings: [{ field: what, message: `${describe(given)}; pass an object` }] }
  }
  const findings: FieldError[] = []
  for (const field of Object.keys(given)) {
    if (!names.includes(field)) findings.push({ field, message: unknownKey(field, names, elsewhere) })
  }
  for (const name of names) {
    // A property that someone added to every object of the program is nobody's argument.
    if (name in Object.prototype && !Object.hasOwn(given, name)) continue
    const value = (given as Values)[name]
    if (value !== undefined) values[name] = value
  }
  return { values, findings }
}

/** Makes what was read fit for the native half, which checks it again: nothing is rounded, parsed or called. */
export function exact(values: Values): Values {
  const checked: Values = new Own()
  for (const name of Object.keys(values)) checked[name] = exactValue(values[name])
  return checked
}

/** Makes a setting that is an array fit for the native half, as {@link exact} does each value. */
export function exactList(value: unknown): unknown {
  return isArray(value) ? Array.from(value as unknown[], exactValue) : exactValue(value)
}

/** A finding, where `value` is given and not of the type wanted. */
export function unless(fits: boolean, field: string, value: unknown, wanted: string): FieldError[] {
  return fits || value === undefined || value === null ? [] : [{ field, message: `${describe(value)}; pass ${wanted}` }]
}

function exactValue(value: unknown): unknown {
  switch (typeof value) {
    case 'undefined':
    case 'boolean':
      return value
    case 'string':
      return value.isWellFormed()
        ? value
        : new Refused('holds an unpaired surrogate (half a character); pass well-formed text')
    case 'number':
      if (!Number.isFinite(value)) return new Refused(`is ${value}; pass a whole number`)
      return Number.isInteger(value) && !Number.isSafeInteger(value) ? new Refused(BEYOND) : value
    case 'bigint':
      return value >= -LIMIT && value <= LIMIT ? value : new Refused(BEYOND)
    default:
      if (value === null) return undefined
      return new Refused(`${describe(value)}; pass ${isDecimal(value) ? WHOLE : 'the value itself'}`)
  }
}

/** Returns whether it may be a number of decimal.js, Prisma, big.js or their like. */
function isDecimal(value: unknown): boolean {
  try {
    return typeof value === 'object' && value !== null && 'toFixed' in value
  } catch {
    // A proxy that was revoked can't even be asked.
    return false
  }
}

const WHOLE = 'the whole won of a decimal as Number(…) or by its .toFixed(0), and of USD the whole cents'

const LIMIT = BigInt(Number.MAX_SAFE_INTEGER)
const BEYOND = `is beyond ${LIMIT} (Number.MAX_SAFE_INTEGER), the largest amount that is counted exactly`

function describe(value: unknown): string {
  if (value === null) return 'is null'
  if (isArray(value)) return 'is an array'
  return typeof value === 'object' ? 'is an object' : `is a ${typeof value}`
}

function isArray(value: unknown): boolean {
  try {
    return Array.isArray(value)
  } catch {
    // A proxy that was revoked can't even be asked.
    return false
  }
}

function unknownKey(key: string, names: readonly string[], elsewhere: readonly string[]): string {
  if (elsewhere.includes(key)) return 'unknown here; pass it in the second argument'
  const meant = nearest(key, names)
  return meant === undefined ? `unknown; there are ${names.join(', ')}` : `unknown; did you mean ${meant}?`
}
