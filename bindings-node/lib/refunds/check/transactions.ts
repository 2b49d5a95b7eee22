// Cases about what is committed, when, and for whom.

import { type Case, expect, Undo, WRONG } from './kit.js'
import { ask } from '../steps.js'

export const transactionCases: Record<string, Case> = {
  committed: {
    promise: 'What `query` did is committed when it settles.',
    *run(kit) {
      yield* kit.insert(kit.first.query, 'row', 'before')
      expect(yield* kit.read(kit.second.query, 'row'), ['0', 'before'], 'the row as the second store sees it')
      yield* kit.update(kit.first.query, 'row', "note = 'after'")
      expect(yield* kit.read(kit.second.query, 'row'), ['0', 'after'], 'the changed row as the second store sees it')
    },
  },
  fresh: {
    promise: 'A store sees what others have committed, also after it has read before.',
    *run(kit) {
      expect(yield* kit.read(kit.second.query, 'row'), undefined, 'the row before it is there')
      yield* kit.insert(kit.first.query, 'row', 'first')
      expect(yield* kit.read(kit.second.query, 'row'), ['0', 'first'], 'the row')
      yield* kit.update(kit.first.query, 'row', "note = 'second'")
      expect(yield* kit.read(kit.second.query, 'row'), ['0', 'second'], 'the changed row')
    },
  },
  allKept: {
    promise: 'A transaction sees its own statements, others see all of them when it has ended; it gives what its work gives.',
    *run(kit) {
      const given = yield* kit.together(kit.first, function* (query) {
        yield* kit.insert(query, 'one')
        yield* kit.insert(query, 'two')
        expect(yield* kit.names(query), ['one', 'two'], 'the rows within the transaction')
        expect(yield* kit.names(kit.second.query), [], 'the rows as the second store sees them before the end')
        return ['what', 'the work', 'gave']
      })
      expect(given, ['what', 'the work', 'gave'], 'what transaction() gave')
      expect(yield* kit.names(kit.second.query), ['one', 'two'], 'the rows after the end')
    },
  },
  noneKept: {
    promise: 'A transaction whose work fails leaves nothing, and fails with the same error.',
    *run(kit) {
      const thrown = new Undo('by the case')
      const work = kit.together(kit.first, function* (query) {
        yield* kit.insert(query, 'one')
        yield* kit.insert(query, 'two')
        throw thrown
      })
      const failed = (yield* kit.failure(work, 'the transaction whose work failed')) === thrown
      expect(failed, true, 'whether the error that comes out is the one that the work failed with')
      expect(yield* kit.names(kit.second.query), [], 'the rows after a transaction that failed')
      yield* kit.together(kit.first, (query) => kit.insert(query, 'three'))
      expect(yield* kit.names(kit.second.query), ['three'], 'the rows after a further transaction')
    },
  },
  failingStatement: {
    promise: 'A statement that fails is an error, takes its transaction with it, and spoils nothing that comes later.',
    *run(kit) {
      const wrong = function* () {
        yield* ask(kit.first.query(WRONG, []))
      }
      yield* kit.failure(wrong(), 'a wrong statement')
      const work = kit.together(kit.first, function* (query) {
        yield* kit.insert(query, 'one')
        yield* ask(query(WRONG, []))
      })
      yield* kit.failure(work, 'a transaction with a wrong statement')
      expect(yield* kit.names(kit.first.query), [], 'the rows after a transaction whose statement failed')
      yield* kit.insert(kit.first.query, 'two')
      yield* kit.failure(wrong(), 'a second wrong statement')
      expect(yield* kit.names(kit.second.query), ['two'], 'the rows after a query and one that failed')
    },
  },
  apart: {
    promise: 'A transaction has its connection to itself: what is done with the same store meanwhile is not part of it.',
    *run(kit) {
      // There one connection is usual, and a transaction takes all of it.
      if (kit.dialect === 'sqlite') return
      const work = kit.together(kit.first, function* (query) {
        yield* kit.insert(query, 'mine')
        yield* kit.insert(kit.first.query, 'another')
        throw new Undo()
      })
      yield* kit.failure(work, 'the transaction whose work failed')
      expect(yield* kit.names(kit.second.query), ['another'], 'the rows after a transaction was undone during another query')
    },
  },
  own: {
    promise: '`inTransaction` is false of a store of the ledger’s own, whatever was done with it.',
    *run(kit) {
      const { first } = kit
      expect(yield* ask(first.inTransaction()), false, 'inTransaction() at first')
      yield* kit.names(first.query)
      expect(yield* ask(first.inTransaction()), false, 'inTransaction() after a SELECT')
      yield* kit.insert(first.query, 'row')
      expect(yield* ask(first.inTransaction()), false, 'inTransaction() after an INSERT')
      yield* kit.together(first, (query) => kit.insert(query, 'another'))
      expect(yield* ask(first.inTransaction()), false, 'inTransaction() after a transaction')
    },
  },
  beginsAtOnce: {
    promise: 'On SQLite, a transaction keeps other writers out from its beginning: else it fails where it reads, others write, and it writes.',
    *run(kit) {
      if (kit.dialect !== 'sqlite') return
      yield* kit.insert(kit.first.query, 'row')
      yield* ask(kit.second.query(['PRAGMA busy_timeout = 0'], []))
      try {
        yield* kit.together(kit.first, function* (query) {
          yield* kit.failure(kit.update(kit.second.query, 'row', 'n = 7'), 'a change by others during a transaction')
          yield* kit.update(query, 'row', 'n = n + 1')
        })
      } finally {
        yield* ask(kit.second.query(['PRAGMA busy_timeout = 5000'], []))
      }
      expect(yield* kit.read(kit.second.query, 'row'), ['1', null], 'the row after the transaction')
    },
  },
}
