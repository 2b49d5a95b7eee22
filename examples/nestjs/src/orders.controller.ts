import {
  BadRequestException,
  Body,
  ConflictException,
  Controller,
  Get,
  Inject,
  Param,
  ParseIntPipe,
  Post,
  Res,
} from '@nestjs/common'
import { Refunds } from 'node-refunds'

const STATUS = { done: 200, unknown: 202, declined: 409, not_sent: 503 }
const amount = (value: unknown): value is number => Number.isInteger(value) && Number(value) > 0 && Number(value) < 2 ** 31

/** Who may call this is your app's own business: put your guards before it. */
@Controller()
export class OrdersController {
  constructor(@Inject(Refunds) private readonly refunds: Refunds) {}

  @Post('orders')
  async sell(@Body() order: { tid: string; payType: string; price: number }) {
    return { id: await this.refunds.sell(order) }
  }

  // [region: route]
  @Post('orders/:id/refunds')
  async refund(
    @Param('id', ParseIntPipe) id: number,
    @Body() body: { amount?: unknown; remaining?: unknown } | undefined,
    @Res({ passthrough: true }) response: { status(code: number): void },
  ) {
    if (!amount(body?.amount) || !amount(body.remaining)) throw new BadRequestException('no amounts')
    const outcome = await this.refunds.refund(id, body.amount, body.remaining)
    if (!outcome) throw new ConflictException('it is being refunded, or not as much remains')
    response.status(STATUS[outcome])
    return { outcome }
  }
  // [end]

  @Get('refunds/open')
  open() {
    return this.refunds.open()
  }

  @Post('refunds/:id/ruling')
  async rule(@Param('id', ParseIntPipe) id: number, @Body() body?: { found?: unknown }) {
    const found = body?.found
    if (found !== 'done' && found !== 'void') throw new BadRequestException('found: done or void')
    if (await this.refunds.rule(id, found)) return { found }
    throw new ConflictException('it is not open, or so young that the request may still be under way')
  }
}
