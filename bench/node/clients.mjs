// Every way to cancel a payment that is measured, each as its own documentation would have a careful merchant write it:
// a pool as large as the calls in flight, kept-alive connections, the CA by the ordinary setting, and a time limit.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { createRequire } from 'node:module'

const TID = 'WPSBX_CARDwelcometst20260101120000000001'
const FORM = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', accept: 'application/json' }
const SECONDS = 30_000

const sha256 = (text) => createHash('sha256').update(text).digest('hex')

/** What a merchant writes around any HTTP client. */
function merchant(setting, scheme) {
  const { mid, sign_key: signKey } = setting
  const mkey = sha256(signKey)
  return {
    url: `${setting[scheme]}/cancel/cancel`,
    form(price) {
      const kst = new Date(Date.now() + 9 * 3_600_000).toISOString()
      const timestamp = kst.slice(0, 19).replace(/[-T:]/g, '')
      const signature = sha256(`mid=${mid}&mkey=${mkey}&timestamp=${timestamp}`)
      const fields = { payType: 'card', mid, tid: TID, price: String(price), currency: 'WON', timestamp, signature }
      return new URLSearchParams(fields).toString()
    },
  }
}

function checked(status, answer) {
  if (status !== 200) throw new Error(`HTTP status ${status}`)
  if (answer.ResultCode !== '00') throw new Error(`declined: ${answer.ResultCode} ${answer.ResultMsg}`)
  return answer
}

/** The platform's own, which takes a CA from NODE_EXTRA_CA_CERTS. */
async function platformFetch(setting, scheme) {
  const { url, form } = merchant(setting, scheme)
  return async (price) => {
    const signal = AbortSignal.timeout(SECONDS)
    const response = await fetch(url, { method: 'POST', headers: FORM, body: form(price), signal })
    return checked(response.status, await response.json())
  }
}

async function undici(setting, scheme) {
  const { Agent, request } = await import('undici')
  const { url, form } = merchant(setting, scheme)
  const dispatcher = new Agent({
    connections: setting.most,
    headersTimeout: SECONDS,
    bodyTimeout: SECONDS,
    connect: { ca: readFileSync(setting.ca) },
  })
  return async (price) => {
    const { statusCode, body } = await request(url, { method: 'POST', headers: FORM, body: form(price), dispatcher })
    return checked(statusCode, await body.json())
  }
}

async function axios(setting, scheme) {
  const { default: axios } = await import('axios')
  const { url, form } = merchant(setting, scheme)
  const pool = { keepAlive: true, maxSockets: setting.most, maxFreeSockets: setting.most }
  const client = axios.create({
    timeout: SECONDS,
    headers: FORM,
    httpAgent: new http.Agent(pool),
    httpsAgent: new https.Agent({ ...pool, ca: readFileSync(setting.ca) }),
  })
  return async (price) => {
    const { status, data } = await client.post(url, form(price))
    return checked(status, data)
  }
}

async function paywelcome(setting, scheme) {
  // The package as it was built: where the bench set it up.
  const { Client } = createRequire(import.meta.url)('paywelcome')
  const { mid, sign_key: signKey, ca: caBundle } = setting
  const client = new Client({ mid, signKey, baseUrl: setting[scheme], ...(scheme === 'https' ? { caBundle } : {}) })
  return (price) => client.cancel({ payType: 'card', tid: TID, price })
}

export const clients = { fetch: platformFetch, undici, axios, paywelcome }
