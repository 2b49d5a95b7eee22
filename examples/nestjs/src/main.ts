import 'reflect-metadata'

import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { OrdersController } from './orders.controller.js'
import { RefundsModule } from './refunds.module.js'

@Module({ imports: [RefundsModule], controllers: [OrdersController] })
class ShopModule {}

// [region: main]
const app = await NestFactory.create(ShopModule)
app.enableShutdownHooks()
await app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1')
// [end]
console.log('listening on', await app.getUrl())
