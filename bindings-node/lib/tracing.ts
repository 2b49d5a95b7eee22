// A span of OpenTelemetry for each call, where the program has set it up.

import type { CallMessage } from './message.js'
import type { NativeAttempt } from './native.js'
import { apart } from './warning.js'

/** As much as is used of what a program registers with `@opentelemetry/api` 1.x. */
interface Registered {
  trace?: { getTracer(name: string): Tracer }
}

interface Tracer {
  startSpan(name: string, options: { kind: number; attributes: Attributes }): ApiSpan
}

interface ApiSpan {
  isRecording(): boolean
  setAttribute(name: string, value: string | number): unknown
  addEvent(name: string, attributes: Attributes, at: number): unknown
  setStatus(status: { code: number; message?: string }): unknown
  end(): void
}

type Attributes = Record<string, string | number>

const PATHS = { cancel: '/cancel/cancel', partial_cancel: '/cancel/repay' }

/** `SpanKind.CLIENT` of the API. */
const CLIENT = 2
/** `SpanStatusCode.ERROR` of the API. */
const ERROR = 2

/**
 * What a copy of the API keeps for all others, once something was registered. It is taken from here, so that there is
 * nothing to import: no package that may be missing, and nothing for a bundler to look for.
 */
const REGISTERED = Symbol.for('opentelemetry.js.api.1')

/** One call's span, by the conventions for HTTP clients: its parent is what is active, and no header tells of it. */
export class Span {
  readonly #span: ApiSpan

  private constructor(span: ApiSpan) {
    this.#span = span
  }

  /** Whether somebody may trace. */
  static get wanted(): boolean {
    return REGISTERED in globalThis
  }

  /** Starts the span of a call, or gives nothing where nobody traces it. */
  static of({ operation, tid, reference }: CallMessage, mid: string, baseUrl: string): Span | undefined {
    if (operation === 'warm_up') return undefined
    const path = PATHS[operation]
    return attempt(() => {
      const { trace } = (globalThis as { [REGISTERED]?: Registered })[REGISTERED] ?? {}
      if (trace === undefined) return undefined
      const { hostname, port, protocol } = new URL(baseUrl)
      const attributes: Attributes = {
        'http.request.method': 'POST',
        'server.address': hostname.replace(/^\[|\]$/g, ''),
        'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
        'url.full': baseUrl + path,
        'url.template': path,
        'paywelcome.operation': operation,
        'paywelcome.mid': mid,
      }
      if (tid !== null) attributes['paywelcome.tid'] = tid
      if (reference !== null) attributes['paywelcome.reference'] = reference
      const span = trace.getTracer('paywelcome').startSpan(`POST ${path}`, { kind: CLIENT, attributes })
      return span.isRecording() ? new Span(span) : undefined
    })
  }

  /** Notes an attempt that another follows. */
  attempted({ number, kind, began, took, pause }: NativeAttempt): void {
    if (pause === null) return
    attempt(() => {
      const about = { 'paywelcome.attempt': number, 'error.type': String(kind) }
      this.#span.addEvent('paywelcome.attempt', about, began + took)
    })
  }

  /** Ends it; an outcome that is not known, or nothing sent, is an error of the span, and declining is none. */
  end({ outcome, kind, attempts, httpStatus }: CallMessage, resultCode: string | null, message: string): void {
    attempt(() => {
      const span = this.#span
      span.setAttribute('paywelcome.outcome', String(outcome))
      if (httpStatus) span.setAttribute('http.response.status_code', httpStatus)
      if (attempts && attempts > 1) span.setAttribute('http.request.resend_count', attempts - 1)
      if (resultCode !== null) span.setAttribute('paywelcome.result_code', resultCode)
      if (outcome === 'not_sent' || outcome === 'unknown') {
        span.setAttribute('error.type', String(kind))
        span.setStatus({ code: ERROR, message })
      }
      span.end()
    })
  }
}

/** Whatever a tracer does, it changes nothing of the call. */
function attempt<T>(run: () => T): T | undefined {
  return apart('a span', 'PAYWELCOME_SPAN', run)
}
