// What the native half tells of refunds → the fields of a class, under names of JavaScript's.

import { fieldsOf } from '../raw.js'

/** What a row holds, by the names of its columns. Times are milliseconds since 1970. */
export type Told = Readonly<Record<string, unknown>>

/** Writes the members of what was told over those of the same name of `into`, and leaves out what that does not have. */
export function fill(into: object, told: Told): void {
  const fields = new Map(Object.keys(told).map((name) => [camel(name), made(name, told[name])]))
  for (const name of Object.keys(into)) (into as Record<string, unknown>)[name] = fields.get(name) ?? null
}

/** Returns all fields of a frozen object as JSON has them. */
export function plain(fields: object): Record<string, unknown> {
  const written = Object.entries(fields).map(([name, value]: [string, unknown]) => [
    name,
    value instanceof Date ? value.toISOString() : value,
  ])
  return Object.fromEntries(written) as Record<string, unknown>
}

/** `pay_type` → `payType`. */
function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function made(name: string, value: unknown): unknown {
  if (value === null) return null
  if (name === 'at' || name.endsWith('_at')) return new Date(value as number | string)
  if (name === 'raw') return fieldsOf(value as string)
  return value
}
