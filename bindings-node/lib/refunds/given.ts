// What a call gives: a value where the store gives values, else a promise.

import type { AsyncStore, Store, SyncStore } from './store.js'

/** What a call gives that is made on a store: on a synchronous one a value, which its transactions need. */
export type Given<S extends Store, T> = S extends SyncStore ? T : S extends AsyncStore ? Promise<T> : T | Promise<T>
