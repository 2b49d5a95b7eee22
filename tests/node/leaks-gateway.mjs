// The gateway of leaks.test.mjs, in a process of its own: the transaction id says how each call is to end.

import net from 'node:net'

const answer = (fields) => {
  const body = JSON.stringify(fields)
  return `HTTP/1.1 200 -\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

/** What is answered when the client says that it has given up. */
const held = new Map()
process.on('message', (tid) => {
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
    if (Tid.startsWith('lost')) socket.destroy()
    else if (Tid.startsWith('late')) {
      held.set(Tid, () => socket.write(answer({ ResultCode: '00', Tid, Price })))
      process.send(Tid)
    } else socket.write(answer({ ResultCode: Tid.startsWith('done') ? '00' : '01', ResultMsg: 'no', Tid, Price }))
  })
})
server.listen(0, '127.0.0.1', () => process.send(server.address().port))
process.on('disconnect', () => process.exit())
