import { answer } from '../../shop.js'

export const dynamic = 'force-dynamic' // a list, not what it was at build time

export async function GET() {
  return answer(({ refunds }) => refunds.inReview())
}
