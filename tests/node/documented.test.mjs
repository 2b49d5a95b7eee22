// Every public name says what it is, where an editor shows it: units, limits, and the gateway's field.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

const dist = fileURLToPath(new URL('../../bindings-node/dist/', import.meta.url))
const read = (file) => readFileSync(join(dist, file), 'utf8')
const declarations = readdirSync(dist, { recursive: true }).filter((file) => file.endsWith('.d.ts')).map(read)

/** The names that a module exports, as they are declared. */
function exported(file) {
  const lists = [...read(file).matchAll(/^export (?:type )?\{([^}]*)\} from/gm)].flatMap(([, list]) => list.split(','))
  return lists.map((item) => item.trim().replace(/^type /, '').replace(/ as .*/, '')).filter(Boolean)
}

/** The lines of a name's declaration, the last of its comment first. */
function declaration(name) {
  const start = new RegExp(`^export (?:declare )?(?:abstract )?(?:class|interface|type|function|const) ${name}\\b`)
  for (const text of declarations) {
    const lines = text.split('\n')
    const at = lines.findIndex((line) => start.test(line))
    if (at < 0) continue
    const length = lines.slice(at).findIndex((line) => /^\S.*;$|^\}/.test(line) && !/^\} [|&] \{$/.test(line)) + 1
    return lines.slice(at - 1, at + Math.max(length, 1))
  }
  return assert.fail(`${name} is declared nowhere`)
}

/** A member's name; none for what is nobody's to use, or only says more exactly what a base class has documented. */
function member(line) {
  if (/^ {4}(?:private|protected|#|constructor\b|\[)/.test(line)) return undefined
  if (/^ {4}readonly outcome: '\w+';$/.test(line)) return undefined
  return /^ {4}(?:static |readonly |get |set |abstract )*(\w+)\??[:(<]/.exec(line)?.[1]
}

test('every public name has a doc comment, and so has each of its members', () => {
  const bare = []
  let seen = 0
  for (const name of [...exported('index.d.ts'), ...exported('refunds.d.ts'), ...exported('testing.d.ts')]) {
    const lines = declaration(name)
    for (const [at, line] of lines.entries()) {
      const what = at === 1 ? name : at > 1 ? member(line) : undefined
      if (what === undefined) continue
      seen += 1
      if (!lines[at - 1].trimEnd().endsWith('*/')) bare.push(at === 1 ? name : `${name}.${what}`)
    }
  }
  assert.deepEqual(bare, [])
  assert.ok(seen > 150, `${seen}`)
})

test('what moves money says units, limits and fields', () => {
  const said = ['CancelRequest', 'PartialCancelRequest', 'CallOptions'].flatMap(declaration).join('\n')
  for (const word of ['결제수단', '거래ID', '통화', 'at most 40 characters', 'above zero', 'Milliseconds', '3,600,000']) {
    assert.ok(said.includes(word), word)
  }
  assert.ok(read('requests.d.ts').includes('whole cents for `USD`'))
})
