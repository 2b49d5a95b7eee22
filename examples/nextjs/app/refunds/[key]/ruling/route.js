import { answer } from '../../../shop.js'

export async function POST(request, { params }) {
  const { key } = await params
  const { ruling, remaining } = (await request.json()) ?? {}
  return answer(({ refunds }) => refunds.resolve(key, ruling, { by: 'staff', remaining }))
}
