// Who may call this is your app's own business: put your session's check before it.

import { notFound } from 'next/navigation'

import { answer } from '../../../shop.js'

// [region: route]
export const runtime = 'nodejs' // an addon does not run at the edge

export async function POST(request, { params }) {
  // The number is the page's own: a form that is posted twice is one refund.
  const { number, amount } = (await request.json()) ?? {}
  if (!Number.isInteger(number)) return Response.json({ error: 'no number' }, { status: 400 })
  const asked = (await params).id
  return answer(async ({ pool, refunds }) => {
    const { rows } = await pool.query('SELECT id, tid, paid FROM orders WHERE id = $1', [asked])
    if (rows.length === 0) notFound()
    const [{ id, tid, paid }] = rows
    const key = `order-${id}-${number}`
    await refunds.request({ key, tid, amount, paid, payType: 'card' })
    // No `request.signal`: a browser that goes away is no reason to stop waiting.
    return refunds.process(key, { waitMs: 2000 })
  })
}
// [end]
