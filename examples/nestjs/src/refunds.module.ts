import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common'
import { Client } from 'paywelcome'
import { pgStore, Refunds } from 'paywelcome/refunds'
import pg from 'pg'

// [region: module]
const pool = { provide: pg.Pool, useFactory: () => new pg.Pool() } // PGHOST, PGDATABASE and so on

// A wrong or missing setting is thrown here, and ends the start.
const client = { provide: Client, useFactory: () => new Client({ timeoutMs: 20_000 }) }

const refunds = {
  provide: Refunds,
  inject: [Client, pg.Pool],
  useFactory: async (client: Client, pool: pg.Pool) => {
    const refunds = new Refunds(client, pgStore(pool))
    await refunds.init() // in production, a migration with the SQL of `schema('postgres')`
    return refunds
  },
}

@Global()
@Module({ providers: [pool, client, refunds], exports: [Refunds, pg.Pool] })
export class RefundsModule implements OnApplicationShutdown {
  private readonly stop = new AbortController()
  private readonly worker: Promise<number>

  constructor(
    @Inject(Refunds) refunds: Refunds,
    @Inject(Client) private readonly client: Client,
    @Inject(pg.Pool) private readonly pool: pg.Pool,
  ) {
    // Sends what no request waits for: what was not sent, and what a process that died has left.
    this.worker = refunds.run({ signal: this.stop.signal })
  }

  // Called after the server has closed, and only with `app.enableShutdownHooks()`.
  async onApplicationShutdown(): Promise<void> {
    this.stop.abort()
    await this.worker
    await this.client.close() // waits until the result of each sent request is recorded
    await this.pool.end()
  }
}
// [end]
