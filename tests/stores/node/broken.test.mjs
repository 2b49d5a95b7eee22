// Stores that break one promise each, on purpose: the contract's kit finds every one of them.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, before } from 'node:test'

import pg from 'pg'

import { pgStore, sqliteStore } from '../../../bindings-node/dist/refunds.mjs'
import { checkStore, storeCases } from '../../../bindings-node/dist/testing.mjs'
import { betterSqlite3 } from './better-sqlite3.mjs'
import { engine } from './engine.mjs'

const postgres = await engine('postgres', after)
const { skip } = postgres

let pool
let opened = []
before(() => {
  pool = new pg.Pool({ connectionString: postgres.url ?? '', idleTimeoutMillis: 0 })
  pool.on('error', () => {})
})
after(() => pool.end())

/** A connection of a store's own, ended after the test. */
async function connected() {
  const client = new pg.Client({ connectionString: postgres.url })
  client.on('error', () => {})
  opened.push(client)
  await client.connect()
  return client
}

/** A right store, but for what is given. */
const but = (change, right = pgStore(pool)) => ({ ...right, ...change(right) })

/** A store whose statements go through something that spoils them, in transactions too. */
const spoiled = (spoil) =>
  but((right) => ({
    query: spoil(right.query),
    transaction: (work) => right.transaction((query) => work(spoil(query))),
  }))

const values = (change) => spoiled((query) => (pieces, given) => query(pieces, given.map(change)))
const texts = (change) => spoiled((query) => (pieces, given) => query(pieces.map(change), given))
const rows = (change) => spoiled((query) => async (pieces, given) => change(await query(pieces, given), pieces))

/** A caller's transaction with a store of the client's that is given. */
const calling = (store) => async (work) => {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await work(store(client))
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}

const begun = async (client, [begin, end], work) => {
  const { query } = pgStore(client)
  await client.query(begin)
  try {
    const result = await work(query)
    await client.query(end)
    return result
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

/** A transaction between other words. */
const between = (...words) =>
  but(() => ({
    async transaction(work) {
      const client = await pool.connect()
      try {
        return await begun(client, words, work)
      } finally {
        client.release()
      }
    },
  }))

/** What each broken store does; each by the name of the case that has to find it. */
const broken = {
  text: () => values((value) => value?.replaceAll('\\', '')),
  null: () => values((value) => value ?? ''),
  digits: () => rows((given) => given.map((row) => Object.values(row).map((text) => (/^-?\d{16,}$/.test(text) ? String(Number(text)) : text)))),
  large: () => values((value) => value?.slice(0, 65_535)),
  order: () => spoiled((query) => (pieces, given) => query(pieces, given.map((value, at) => (at < 9 ? value : given[Number(String(at + 1)[0]) - 1])))),
  pieces: () => texts((piece) => piece.replaceAll('%', '%%')),
  columns: () => rows((given) => given.map((row) => Object.fromEntries(Object.entries(row).sort()))),
  noRows: () => rows((given) => (given.length > 0 ? given : [{ changes: '1' }])),
  changingSelect: () =>
    spoiled((query) => async (pieces, given) => {
      if (pieces[0].startsWith('WITH')) await query(pieces, given)
      return query(pieces, given)
    }),
  onConflict: () => texts((piece) => piece.replace(' DO NOTHING', ' DO UPDATE SET note = excluded.note')),
  stepping: () => spoiled((query) => async (pieces, given) => {
    const found = await query(pieces, given)
    return pieces[0].startsWith('SELECT') ? found : []
  }),
  countedUp: () => spoiled((query) => async (pieces, given) => {
    if (pieces.join('').includes('ON CONFLICT')) await query(pieces, given)
    return query(pieces, given)
  }),
  committed: () => {
    const undone = between('BEGIN', 'ROLLBACK')
    return but(({ query }) => ({
      query: (pieces, given) => (/INSERT|UPDATE/.test(pieces[0]) ? undone.transaction((within) => within(pieces, given)) : query(pieces, given)),
    }))
  },
  fresh: () => {
    const read = {}
    return but(({ query }) => ({
      query: (pieces, given) => (pieces[0].startsWith('SELECT') ? (read[[pieces, given]] ??= query(pieces, given)) : query(pieces, given)),
    }))
  },
  allKept: () => but(({ query }) => ({ transaction: async (work) => work(query) })),
  noneKept: () =>
    but(({ transaction }) => ({
      async transaction(work) {
        let failed
        const result = await transaction(async (query) => {
          try {
            return await work(query)
          } catch (error) {
            failed = error
          }
        })
        if (failed) throw failed
        return result
      },
    })),
  failingStatement: () => spoiled((query) => (pieces, given) => query(pieces, given).catch(() => [])),
  apart: () => {
    const client = connected()
    return but(() => ({
      query: async (pieces, given) => pgStore(await client).query(pieces, given),
      transaction: async (work) => begun(await client, ['BEGIN', 'COMMIT'], work),
    }))
  },
  own: () => but(() => ({ inTransaction: async () => true })),
  beginsAtOnce: () => (file) => {
    const handle = new betterSqlite3.Database(file)
    const right = sqliteStore(handle)
    return but(() => ({ transaction: (work) => handle.transaction(() => work(right.query)).deferred() }), right)
  },
  callerUndoes: () => [() => pgStore(pool)],
  callerTransactionFirst: () => [(client) => but(() => ({ transaction: (work) => begun(client, ['BEGIN', 'COMMIT'], work) }), pgStore(client))],
  callerCommits: () => [(client) => but((right) => ({ query: async (...given) => (await right.query(...given), client.query('COMMIT; BEGIN'), []) }), pgStore(client))],
  callerGoesOn: () => [(client) => but(({ query }) => ({ transaction: async (work) => work(query) }), pgStore(client))],
  callerAtOnce: () => [(client) => but(() => ({ transaction: (work) => begun(client, ['SAVEPOINT a', 'RELEASE a'], work) }), pgStore(client))],
  callerTold: () => [(client) => but(() => ({ inTransaction: () => false }), pgStore(client))],
  twoAtOnce: () => between("BEGIN; SET LOCAL lock_timeout = '1ms'", 'COMMIT'),
  claimedOnce: () => between('BEGIN ISOLATION LEVEL REPEATABLE READ', 'COMMIT'),
  readThenWrite: () => between('BEGIN ISOLATION LEVEL SERIALIZABLE', 'COMMIT'),
  crowd: () => {
    let last
    return spoiled((query) => async (pieces, given) => {
      last = given.length > 0 ? given : last
      await pool.query('SELECT 1')
      return query(pieces, given.length > 0 ? last.slice(0, given.length) : given)
    })
  },
  killed: () => {
    const client = connected()
    return but(() => ({ query: async (pieces, given) => pgStore(await client).query(pieces, given) }))
  },
}

/** What makes the stores, and opens a caller's transaction, for a case. */
function made(name, t) {
  const wrong = broken[name]()
  if (Array.isArray(wrong)) return [() => pgStore(pool), calling(wrong[0])]
  if (typeof wrong !== 'function') return [broken[name], calling(pgStore)]
  const folder = mkdtempSync(join(tmpdir(), 'paywelcome-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return [() => wrong(join(folder, 'refunds.db'))]
}

test('there is a broken store for each case', () => {
  assert.deepEqual(Object.keys(broken).sort(), [...storeCases].sort())
})

for (const name of storeCases) {
  test(`the kit finds a store that breaks: ${name}`, { skip: name === 'beginsAtOnce' ? betterSqlite3.skip : skip }, async (t) => {
    t.after(() => Promise.all(opened.splice(0).map((client) => client.end())))
    const [make, caller] = made(name, t)
    await assert.rejects(checkStore(make, { caller, case: name }), (error) => {
      assert.ok(error.message.startsWith(`${name}: `) && error.message.includes(' But '), error.message)
      t.diagnostic(error.message.split(' But ')[1])
      return true
    })
  })
}

test('every case that fails is named, and the rest of them continues', { skip }, async () => {
  const wrong = () => values((value) => value ?? '')
  await assert.rejects(checkStore(wrong, { caller: calling(pgStore) }), ({ message }) => {
    const named = message.split('\n').map((line) => /^(\w+): /.exec(line)?.[1])
    assert.ok(named.includes('null') && named.length < storeCases.length, message)
    return true
  })
})

test('a store that never answers is told by the time limit', { skip }, async () => {
  const silent = () => but(() => ({ transaction: () => new Promise(() => {}) }))
  await assert.rejects(checkStore(silent, { case: 'allKept', timeoutMs: 200 }), /allKept: .* within 200 ms/)
})

test('what can’t be checked is refused', async () => {
  await assert.rejects(checkStore(() => pgStore(pool), { case: 'nothing' }), TypeError)
  await assert.rejects(checkStore(() => pgStore(pool), { case: 'callerUndoes' }), TypeError)
  await assert.rejects(checkStore(() => but(() => ({ dialect: 'oracle' }))), /dialect/)
})
