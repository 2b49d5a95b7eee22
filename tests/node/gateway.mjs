// Scripted gateways: a loopback server that counts what arrives and answers exact bytes.

import { once } from 'node:events'
import net from 'node:net'

export const TID = 'WPPGCARD01welcometst20260930151000000001'
export const MID = 'welcometst'
export const SIGN_KEY = 'made-up-sign-key'
export const CANCEL = { payType: 'card', tid: TID, price: 12000 }

/** Writes an answer with a body of known length; `length` makes it lie about that. */
export function http(status, contentType, body, headers = [], length = undefined) {
  const bytes = Buffer.from(body)
  const lines = [`HTTP/1.1 ${status} -`, ...headers, `Content-Length: ${length ?? bytes.length}`]
  if (contentType !== null) lines.push(`Content-Type: ${contentType}`)
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), bytes])
}

/** Writes an answer of status 200 with a JSON body. */
export function json(fields) {
  return http(200, 'application/json; charset=utf-8', JSON.stringify(fields))
}

/** The answer that does what a full cancel asks. */
export function done({ fields }, more = {}) {
  const { mid: Mid, tid: Tid, price: Price } = fields
  return json({ ResultCode: '00', ResultMsg: '정상처리', Mid, Tid, Moid: 'order-1', Price, ...more })
}

/** A client's settings for a scripted gateway. */
export function settings(gateway, more = {}) {
  return { mid: MID, signKey: SIGN_KEY, baseUrl: gateway.url, ...more }
}

/**
 * Starts a server that hands each whole request to `answer(request, socket)`; what that gives is written, and null
 * leaves the connection as it is. The server closes with the test.
 */
export async function gateway(test, answer) {
  const requests = []
  const sockets = new Set()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    let bytes = Buffer.alloc(0)
    socket.on('data', async (chunk) => {
      bytes = Buffer.concat([bytes, chunk])
      const request = parse(bytes)
      if (request === null) return
      bytes = Buffer.alloc(0)
      requests.push(request)
      server.emit('arrived', request, socket)
      const reply = await answer?.(request, socket)
      if (reply) socket.write(reply)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  test.after(close)
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    port: server.address().port,
    requests,
    server,
    close,
    /** The next request, once it has arrived whole. */
    arrived: async () => (await once(server, 'arrived'))[0],
    /** The next connection. */
    connected: async () => (await once(server, 'connection'))[0],
  }
}

function parse(bytes) {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return null
  const [start, ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  const body = bytes.subarray(end + 4)
  if (body.length < Number(headers['content-length'] ?? 0)) return null
  const [method, path] = start.split(' ')
  const form = new URLSearchParams(body.toString())
  return { method, path, headers, body: body.toString(), fields: Object.fromEntries(form) }
}

/** What `promise` is rejected with. */
export async function rejection(promise) {
  let value
  try {
    value = await promise
  } catch (error) {
    return error
  }
  throw new Error(`it was not rejected but gave ${JSON.stringify(value)}`)
}
