import { PGlite } from '@electric-sql/pglite'
import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common'
import { Refunds, SCHEMA } from 'node-refunds'

// [region: module]
const DATABASE = Symbol('the shop’s database')

const database = {
  provide: DATABASE,
  // A PostgreSQL within this process, to try it; in production `new Pool()` of pg, with the same statements.
  useFactory: async () => {
    const database = await PGlite.create(process.env['SHOP_DATA'] ?? './shop-data')
    await database.exec(SCHEMA)
    return database
  },
}

const refunds = {
  provide: Refunds,
  // A wrong or missing setting is thrown here, and ends the start.
  useFactory: (database: PGlite) => new Refunds(database),
  inject: [DATABASE],
}

@Global()
@Module({ providers: [database, refunds], exports: [Refunds] })
export class RefundsModule implements OnApplicationShutdown {
  constructor(
    @Inject(Refunds) private readonly refunds: Refunds,
    @Inject(DATABASE) private readonly database: PGlite,
  ) {}

  // Called after the server has closed, and only with `app.enableShutdownHooks()`.
  async onApplicationShutdown(): Promise<void> {
    await this.refunds.close()
    await this.database.close()
  }
}
// [end]
