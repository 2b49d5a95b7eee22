// node:sqlite, whose types come with those of Node.js.

import { DatabaseSync } from 'node:sqlite'

import { sqliteStore, type SyncStore } from '../../../../bindings-node/dist/refunds.mjs'

sqliteStore(new DatabaseSync('refunds.db')) satisfies SyncStore
