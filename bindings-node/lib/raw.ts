// The answer's fields as they came.

import { parse } from './json.js'

/** The gateway's answer: its fields by name. An integer too long for a JavaScript number is a string of its digits. */
export type RawFields = Readonly<Record<string, unknown>>

/** A text or a number of a JSON text. */
const TOKEN = /"(?:[^"\\]+|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** Makes the fields of the text of one JSON object, or of what was read of one that has no numbers. */
export function fieldsOf(json: string | Record<string, unknown>): RawFields {
  if (typeof json !== 'string') return Object.freeze(json)
  return Object.freeze(parse(json.replace(TOKEN, exact)) as Record<string, unknown>)
}

/** Puts a number that would be rounded or lost into quotes. */
function exact(token: string): string {
  if (token.startsWith('"')) return token
  const value = Number(token)
  const kept = /^-?\d+$/.test(token) ? Number.isSafeInteger(value) : Number.isFinite(value)
  return kept ? token : `"${token}"`
}
