// A gateway in a process of its own: the transaction id says how each call is to end, and messages hold it up.

import net from 'node:net'

const answer = (fields) => {
  const body = JSON.stringify(fields)
  return `HTTP/1.1 200 -\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

/** What is answered when the client says that it has given up. */
const held = new Map()
const arrived = []
/** What is done at 'go', after a 'wait'. */
let waiting = null
process.on('message', (tid) => {
  if (tid === 'arrived') return process.send(arrived)
  if (tid === 'wait') return (waiting = [])
  if (tid === 'go') {
    for (const finish of waiting.splice(0)) finish()
    return (waiting = null)
  }
  held.get(tid)()
  held.delete(tid)
})

const server = net.createServer((socket) => {
  socket.on('error', () => {})
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
    const end = text.indexOf('\r\n\r\n')
    if (end < 0 || text.length < end + 4 + Number(/content-length: (\d+)/i.exec(text)?.[1])) return
    const { tid: Tid, price: Price } = Object.fromEntries(new URLSearchParams(text.slice(end + 4)))
    text = ''
    arrived.push(Tid)
    if (Tid.startsWith('late')) {
      held.set(Tid, () => socket.write(answer({ ResultCode: '00', Tid, Price })))
      process.send(Tid)
      return
    }
    const finish = () => {
      if (Tid.startsWith('lost')) socket.destroy()
      else socket.write(answer({ ResultCode: Tid.startsWith('done') ? '00' : '01', ResultMsg: 'no', Tid, Price }))
    }
    if (waiting) waiting.push(finish)
    else finish()
  })
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => process.send(server.address().port))
process.on('disconnect', () => process.exit())
