// A store that fails or waits where a test wants it to.

/**
 * A store that does what it is told: from `on(meet)` on, each of its statements or transactions, counted from 1, meets
 * `meet(number, run)`, which may run it, late, or not at all.
 */
export function meddled({ dialect, query, transaction, inTransaction }) {
  let meet = (_, run) => run()
  let number = 0
  const met = (run) => {
    number += 1
    return meet(number, async () => run())
  }
  return {
    on(wanted) {
      meet = wanted
      number = 0
    },
    store: {
      dialect,
      query: async (...statement) => met(() => query(...statement)),
      transaction: async (work) => met(() => transaction(work)),
      inTransaction,
    },
  }
}
