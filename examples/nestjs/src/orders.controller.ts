import {
  type ArgumentsHost,
  Body,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  HttpCode,
  Inject,
  NotFoundException,
  Param,
  ParseIntPipe,
  Post,
  Res,
  UseFilters,
} from '@nestjs/common'
import { InvalidRequestError } from 'paywelcome'
import { type Refund, Refunds, RefundsError, type Ruling } from 'paywelcome/refunds'
import pg from 'pg'

interface Response {
  status(code: number): { json(body: object): void }
}

// [region: filter]
@Catch(InvalidRequestError, RefundsError)
class Refused implements ExceptionFilter {
  catch(error: InvalidRequestError | RefundsError, host: ArgumentsHost) {
    const isInvalid = error instanceof InvalidRequestError // such as: more than remains
    const code = isInvalid ? 400 : error.kind === 'not_found' ? 404 : 409
    host.switchToHttp().getResponse<Response>().status(code).json({ error: error.message })
  }
}
// [end]

/** Who may call this is your app's own business: put your guards before it. */
@Controller()
@UseFilters(Refused)
export class OrdersController {
  constructor(
    @Inject(Refunds) private readonly refunds: Refunds,
    @Inject(pg.Pool) private readonly pool: pg.Pool,
  ) {}

  // [region: route]
  @Post('orders/:id/refunds')
  async refund(
    @Param('id', ParseIntPipe) id: number,
    @Body('number', ParseIntPipe) number: number, // the page's own: a form that is posted twice is one refund
    @Body('amount') amount: number,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Refund> {
    const { rows } = await this.pool.query<{ tid: string; paid: number }>('SELECT tid, paid FROM orders WHERE id = $1', [id])
    const [order] = rows
    if (!order) throw new NotFoundException()
    const key = `order-${id}-${number}`
    await this.refunds.request({ key, tid: order.tid, amount, paid: order.paid, payType: 'card' })
    const refund = await this.refunds.process(key, { waitMs: 2000 })
    response.status(refund.isEnded ? 200 : 202)
    return refund
  }
  // [end]

  // [region: review]
  @Get('refunds/review')
  inReview(): Promise<Refund[]> {
    return this.refunds.inReview()
  }

  @Get('refunds/:key')
  status(@Param('key') key: string): Promise<Refund> {
    return this.refunds.get(key)
  }

  @Post('refunds/:key/ruling')
  @HttpCode(200)
  rule(@Param('key') key: string, @Body('ruling') ruling: Ruling, @Body('remaining') remaining?: number): Promise<Refund> {
    return this.refunds.resolve(key, ruling, { by: 'staff', remaining })
  }
  // [end]
}
