import { PGlite } from '@electric-sql/pglite'
import { Refunds, SCHEMA } from 'node-refunds'

// [region: client]
// Made at the first request, not while `next build` loads the routes, where there is no key; and once in a process, not once
// in each bundle or at each reload in development.
export function refunds() {
  return (globalThis.refunds ??= open())
}

async function open() {
  // A PostgreSQL within this process, to try it; in production `new Pool()` of pg, with the same statements.
  const database = await PGlite.create(process.env.SHOP_DATA ?? './shop-data')
  await database.exec(SCHEMA)
  const refunds = new Refunds(database)
  let closing
  const close = async () => {
    await refunds.close()
    await database.close()
    process.exit()
  }
  // `on`, not `once`: a second signal would find no listener, and end the process at once.
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => (closing ??= close()))
  return refunds
}
// [end]
