// Who may call this is your app's own business: put your session's check before it.

import { refunds } from '../../../shop.js'

const STATUS = { done: 200, unknown: 202, declined: 409, not_sent: 503 }
const isAmount = (value) => Number.isInteger(value) && value > 0 && value < 2 ** 31

// [region: route]
export const runtime = 'nodejs' // an addon does not run at the edge

export async function POST(request, { params }) {
  const { amount, remaining } = (await request.json()) ?? {}
  if (!isAmount(amount) || !isAmount(remaining)) return Response.json({ error: 'no amounts' }, { status: 400 })
  // No `request.signal`: a browser that goes away is no reason to give up the wait for what may have left.
  const outcome = await (await refunds()).refund(Number((await params).id), amount, remaining)
  if (!outcome) return Response.json({ error: 'it is being refunded, or not as much remains' }, { status: 409 })
  return Response.json({ outcome }, { status: STATUS[outcome] })
}
// [end]
