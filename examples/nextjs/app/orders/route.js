import { refunds } from '../shop.js'

export async function POST(request) {
  return Response.json({ id: await (await refunds()).sell(await request.json()) }, { status: 201 })
}
