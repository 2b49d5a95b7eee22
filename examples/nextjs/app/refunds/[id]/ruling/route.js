import { refunds } from '../../../shop.js'

export async function POST(request, { params }) {
  const { found } = (await request.json()) ?? {}
  if (found !== 'done' && found !== 'void') return Response.json({ error: 'found: done or void' }, { status: 400 })
  if (await (await refunds()).rule(Number((await params).id), found)) return Response.json({ found })
  return Response.json(
    { error: 'it is not open, or so young that the request may still be under way' },
    { status: 409 },
  )
}
