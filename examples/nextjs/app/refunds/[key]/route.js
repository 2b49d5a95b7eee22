import { answer } from '../../shop.js'

export async function GET(_request, { params }) {
  const { key } = await params
  return answer(({ refunds }) => refunds.get(key))
}
