// The answer's fields as they came.

/** The gateway's answer: its fields by name. An integer too long for a JavaScript number is a string of its digits. */
export type RawFields = Readonly<Record<string, unknown>>

/** A text or a number of a JSON text. */
const TOKEN = /"(?:[^"\\]+|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** Where a number may stand: an answer whose fields are all texts, as documented, has no such place. */
const NUMBER = /[:,[]\s*-?\d/

/** Reads the text of one JSON object. */
export function fieldsOf(json: string): RawFields {
  const safe = NUMBER.test(json) ? json.replace(TOKEN, exact) : json
  return Object.freeze(JSON.parse(safe) as Record<string, unknown>)
}

/** Puts a number that would be rounded or lost into quotes. */
function exact(token: string): string {
  if (token.startsWith('"')) return token
  const value = Number(token)
  const kept = /^-?\d+$/.test(token) ? Number.isSafeInteger(value) : Number.isFinite(value)
  return kept ? token : `"${token}"`
}
