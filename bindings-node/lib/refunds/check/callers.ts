// Cases about a caller's transaction, which the ledger's statements join.

import { type Case, expect, Undo, WRONG } from './kit.js'
import { ask } from '../steps.js'

export const callerCases: Record<string, Case> = {
  callerUndoes: {
    promise: 'What the caller takes back is gone, the ledger’s statements with it.',
    *run(kit) {
      const work = kit.called(function* (store) {
        yield* kit.insert(store.query, 'one')
        yield* kit.together(store, (query) => kit.insert(query, 'two'))
        expect(yield* kit.names(store.query), ['one', 'two'], 'the rows within the caller’s transaction')
        throw new Undo()
      })
      yield* kit.failure(work, 'the caller’s transaction')
      expect(yield* kit.names(kit.first.query), [], 'the rows after the caller has taken back its transaction')
    },
  },
  callerTransactionFirst: {
    promise: 'A transaction of the store’s commits nothing, also where nothing was done before it.',
    *run(kit) {
      const work = kit.called(function* (store) {
        yield* kit.together(store, (query) => kit.insert(query, 'one'))
        throw new Undo()
      })
      yield* kit.failure(work, 'the caller’s transaction')
      expect(yield* kit.names(kit.first.query), [], 'the rows after the caller has taken back its transaction')
    },
  },
  callerCommits: {
    promise: 'Nothing is committed before the caller does, and everything when the caller does.',
    *run(kit) {
      yield* kit.called(function* (store) {
        yield* kit.insert(store.query, 'one')
        expect(yield* kit.names(kit.second.query), [], 'the rows as others see them after query()')
        yield* kit.together(store, (query) => kit.insert(query, 'two'))
        expect(yield* kit.names(kit.second.query), [], 'the rows as others see them after transaction()')
      })
      expect(yield* kit.names(kit.second.query), ['one', 'two'], 'the rows after the caller has committed')
    },
  },
  callerGoesOn: {
    promise: 'A transaction of the store’s that fails takes back only itself: the caller can continue, and commit the rest.',
    *run(kit) {
      yield* kit.called(function* (store) {
        yield* kit.insert(store.query, 'one')
        const undone = kit.together(store, function* (query) {
          yield* kit.insert(query, 'two')
          throw new Undo()
        })
        yield* kit.failure(undone, 'the transaction whose work failed')
        expect(yield* kit.names(store.query), ['one'], 'the rows after a transaction() whose work failed')
        const wrong = kit.together(store, function* (query) {
          yield* kit.insert(query, 'three')
          yield* ask(query(WRONG, []))
        })
        yield* kit.failure(wrong, 'the transaction with a wrong statement')
        expect(yield* kit.names(store.query), ['one'], 'the rows after a transaction() whose statement failed')
        yield* kit.insert(store.query, 'four')
      })
      expect(yield* kit.names(kit.second.query), ['four', 'one'], 'the rows after the caller has committed')
    },
  },
  callerAtOnce: {
    promise: 'Several transactions of the store’s within one of the caller’s may be begun at once.',
    *run(kit) {
      yield* kit.called(function* (store) {
        const keep = (name: string) => () =>
          kit.together(store, function* (query) {
            yield* kit.insert(query, name)
            yield* kit.update(query, name, 'n = 1')
          })
        const undo = function* () {
          const work = kit.together(store, function* (query) {
            yield* kit.insert(query, 'two')
            throw new Undo()
          })
          yield* kit.failure(work, 'the transaction whose work failed')
        }
        yield* kit.atOnce([keep('one'), undo, keep('three')])
      })
      expect(yield* kit.names(kit.second.query), ['one', 'three'], 'the rows after three transactions, of which one failed')
    },
  },
  callerTold: {
    promise: '`inTransaction` is true in a caller’s transaction, before and after any use, and says nothing of other stores.',
    *run(kit) {
      yield* kit.called(function* (store) {
        expect(yield* ask(store.inTransaction()), true, 'inTransaction() at first')
        yield* kit.names(store.query)
        expect(yield* ask(store.inTransaction()), true, 'inTransaction() after a SELECT')
        yield* kit.together(store, (query) => kit.insert(query, 'one'))
        expect(yield* ask(store.inTransaction()), true, 'inTransaction() after a transaction()')
        expect(store.dialect, kit.dialect, 'the dialect of the caller’s store')
        expect(yield* ask(kit.second.inTransaction()), false, 'inTransaction() of a store of the ledger’s own')
      })
    },
  },
}
