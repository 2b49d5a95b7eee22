// The memory of a process that cancels many payments: after the import, and after each tenth of the calls.

import { createRequire } from 'node:module'

const { Client } = createRequire(import.meta.url)('paywelcome')
const [url, mid, signKey, count] = process.argv.slice(2)
const seen = [process.memoryUsage.rss()]
const client = new Client({ mid, signKey, baseUrl: url })
for (let tenth = 0; tenth < 10; tenth += 1) {
  for (let at = 0; at < Number(count) / 10; at += 1) {
    await client.cancel({ payType: 'card', tid: 'WPSBX_CARDwelcometst20260101120000000001', price: 1000 })
  }
  seen.push(process.memoryUsage.rss())
}
console.log(JSON.stringify(seen))
