// A cluster whose processes are killed in the middle of their calls; fork.test.mjs runs it.

import cluster from 'node:cluster'

import { Client } from 'paywelcome'

const { settings, request, kills } = JSON.parse(process.env.CASE)
const client = new Client(settings)
const call = async (tid) => (await client.cancel({ ...request, tid })).tid

if (cluster.isPrimary) {
  let forks = 0
  let killed = 0
  const fork = () => cluster.fork({ NAME: String((forks += 1)) })
  for (let at = 0; at < 3; at += 1) fork()
  cluster.on('message', (worker, told) => {
    if (told === 'done') return worker.disconnect()
    if (killed === kills) return worker.send('enough')
    killed += 1
    worker.process.kill('SIGKILL')
  })
  cluster.on('exit', (_worker, _code, signal) => signal && fork())
  // The primary's own calls continue all the while.
  for (let at = 0; at < 200; at += 1) await call(`primary-${at}`)
  process.on('exit', () => console.log(`${killed} killed, ${forks} forked`))
} else {
  let enough = false
  process.on('message', () => { enough = true })
  let at = 0
  const lane = async () => {
    while (!enough) {
      await call(`worker-${process.env.NAME}-${(at += 1)}`)
      if (at === 20) process.send('on')
    }
  }
  await Promise.all(Array.from({ length: 10 }, lane))
  process.send('done')
}
