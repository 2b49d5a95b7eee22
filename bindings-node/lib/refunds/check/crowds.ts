// Cases about several users at once, and about connections that end.

import type { Query } from '../store.js'
import { type Case, expect, type Kit, TABLE } from './kit.js'
import { ask, type Steps, take } from '../steps.js'

const CROWD = 8
const ROUNDS = 6
const TURNS = 50

// SQLite has one writer at a time and its drivers wait for their turn with the whole thread, so no two of one thread's can wait
// for each other: what a transaction promises there, `beginsAtOnce` looks at.
export const crowdCases: Record<string, Case> = {
  twoAtOnce: {
    promise: 'Of two transactions that change one row, the second waits for the first; neither fails and no change is lost.',
    *run(kit) {
      if (kit.dialect === 'sqlite') return
      yield* kit.insert(kit.first.query, 'row')
      const add = (query: Query) => kit.update(query, 'row', 'n = n + 1')
      yield* whileOpen(kit, add, [() => kit.together(kit.second, add)])
      expect(yield* kit.read(kit.first.query, 'row'), ['2', null], 'the row after two transactions that each added 1')
    },
  },
  claimedOnce: {
    promise: 'Of several conditional changes at once, one finds the row as it was before and the others as it is after.',
    *run(kit) {
      yield* kit.insert(kit.first.query, 'row')
      const claim = (name: string) => (query: Query) => kit.update(query, 'row', `n = n + 1, note = '${name}'`, ' AND note IS NULL')
      const late = [() => kit.together(kit.second, claim('second')), () => claim('third')(kit.second.query)]
      if (kit.dialect === 'sqlite') {
        yield* kit.together(kit.first, claim('first'))
        yield* kit.atOnce(late)
      } else {
        yield* whileOpen(kit, claim('first'), late)
      }
      expect(yield* kit.read(kit.second.query, 'row'), ['1', 'first'], 'the row after three claims')
    },
  },
  readThenWrite: {
    promise: 'Transactions that read a row before they change it don’t fail, however many there are at once.',
    *run(kit) {
      yield* kit.insert(kit.first.query, 'row')
      // On the servers a lock, as whoever reads in order to write takes there.
      const lock = kit.dialect === 'sqlite' ? '' : ' FOR UPDATE'
      const add = (at: number) =>
        function* () {
          for (let round = 0; round < ROUNDS; round += 1) {
            yield* kit.together(at % 2 ? kit.first : kit.second, function* (query) {
              yield* kit.rows(query, [`SELECT ${kit.text('n')} AS n FROM ${TABLE} WHERE id = 'row'${lock}`])
              yield* kit.update(query, 'row', 'n = n + 1')
            })
          }
        }
      // Two connections to one file would stop the thread in which the other has to continue.
      if (kit.dialect === 'sqlite') for (let at = 0; at < CROWD; at += 1) yield* add(at)()
      else yield* kit.atOnce(Array.from({ length: CROWD }, (_, at) => add(at)))
      expect(yield* kit.read(kit.first.query, 'row'), [String(CROWD * ROUNDS), null], 'the row after all additions')
    },
  },
  crowd: {
    promise: 'Those who use one store at once get their own answers, and everything is kept.',
    *run(kit) {
      const use = (at: number) =>
        function* () {
          for (let round = 0; round < ROUNDS; round += 1) {
            const name = `${at}-${round}`
            if (round % 2) {
              yield* kit.insert(kit.first.query, name, name)
            } else {
              yield* kit.together(kit.first, function* (query) {
                yield* kit.insert(query, name, name)
                expect(yield* kit.read(query, name), ['0', name], 'a row within its transaction')
              })
            }
            expect(yield* kit.read(kit.first.query, name), ['0', name], 'a row')
          }
        }
      yield* kit.atOnce(Array.from({ length: CROWD }, (_, at) => use(at)))
      expect((yield* kit.names(kit.second.query)).length, CROWD * ROUNDS, 'the number of rows')
    },
  },
  killed: {
    promise: 'After the server has ended a connection, at most one use fails.',
    *run(kit) {
      if (kit.dialect === 'sqlite') return
      const uses = [
        (name: string) => kit.insert(kit.first.query, name),
        (name: string) => kit.together(kit.first, (query) => kit.insert(query, name)),
      ]
      for (const use of uses) {
        yield* kill(kit)
        try {
          yield* use('first')
        } catch {
          // The one that may.
        }
        yield* use('second')
        expect((yield* kit.names(kit.second.query)).at(-1), 'second', 'the last row after the connection was ended')
        yield* ask(kit.first.query([`DELETE FROM ${TABLE}`], []))
      }
    },
  },
}

/** Begins the others while a transaction of the first store's is open that has run `work`, and waits for their ends. */
function* whileOpen(kit: Kit, work: (query: Query) => Steps<unknown>, others: readonly (() => Steps<unknown>)[]): Steps {
  let ends: Promise<unknown> | undefined
  yield* kit.together(kit.first, function* (query) {
    yield* work(query)
    ends = Promise.all(others.map((other) => take(other())))
    // Nobody waits for it yet.
    ends.catch(() => {})
    // As long as it takes that they come to wait for this transaction.
    for (let turn = 0; turn < TURNS; turn += 1) yield* kit.names(query)
  })
  yield* ask(ends)
}

/** Ends the connection that the first store has used last. */
function* kill(kit: Kit): Steps {
  const mine = kit.dialect === 'postgres' ? 'pg_backend_pid()' : 'connection_id()'
  const [[number] = []] = yield* kit.rows(kit.first.query, [`SELECT ${kit.text(mine)} AS n`])
  const end = kit.dialect === 'postgres' ? `SELECT ${kit.text(`pg_terminate_backend(${number}, 5000)`)} AS ended` : `KILL ${number}`
  try {
    yield* ask(kit.second.query([end], []))
  } catch {
    // The connection was its own, where both stores share them.
  }
}
