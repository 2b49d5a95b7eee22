// Makes the calls of the matrix in Node.js: one JSON line in for each, one out.

import { createInterface } from 'node:readline'
import { Client } from 'paywelcome'

const METHODS = { cancel: 'cancel', partial_cancel: 'partialCancel' }
const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase())
const inCamel = (values) => Object.fromEntries(Object.entries(values).map(([name, value]) => [camel(name), value]))
const answer = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)

const receiptOf = (receipt) => ({
  outcome: 'done',
  cls: receipt.constructor.name,
  tid: receipt.tid,
  price: receipt.price,
  remaining_price: receipt.remainingPrice ?? null,
  result_code: receipt.resultCode,
})

const errorOf = (error) => ({
  outcome: error.outcome ?? String(error),
  // An abort is told by the signal's own reason.
  cls: error.safeToResend === undefined ? error.name : error.constructor.name,
  kind: error.kind ?? null,
  safe_to_resend: error.safeToResend ?? null,
  code: error.safeToResend === undefined ? null : error.code,
  operation: error.operation ?? null,
  tid: error.tid ?? null,
  attempts: error.attempts ?? null,
  http_status: error.httpStatus ?? null,
  result_code: error.resultCode ?? null,
})

const clients = new Map()

function clientOf({ client: name, settings, last }) {
  if (!clients.has(name)) {
    const { timeout, connect_timeout, ...others } = settings
    const onSettled = ({ tid, operation, outcome, receipt, error }) => {
      const seen = receipt ? receiptOf(receipt) : errorOf(error)
      const agrees = seen.outcome === outcome && [tid, operation].includes(seen.operation ?? seen.tid)
      answer({ settled: tid, client: name, seen, agrees })
    }
    const limits = { timeoutMs: inMs(timeout), connectTimeoutMs: inMs(connect_timeout) }
    clients.set(name, new Client({ ...inCamel(others), ...limits, onSettled }))
  }
  const client = clients.get(name)
  if (last) clients.delete(name)
  return client
}

const inMs = (seconds) => (seconds === undefined ? undefined : seconds * 1000)

async function call(line) {
  const { timeout, ...given } = line.arguments
  const options = { timeoutMs: inMs(timeout) }
  const controller = new AbortController()
  if (line.give_up_ms !== undefined) {
    options.signal = controller.signal
    setTimeout(() => controller.abort(), line.give_up_ms)
  }
  try {
    return receiptOf(await clientOf(line)[METHODS[line.operation]](inCamel(given), options))
  } catch (error) {
    return errorOf(error)
  }
}

for await (const text of createInterface({ input: process.stdin })) {
  const line = JSON.parse(text)
  call(line).then((seen) => answer({ n: line.n, seen }))
}
