// Asynchronous contexts: whose AsyncLocalStorage a merchant's function sees.

import { AsyncResource } from 'node:async_hooks'

/** The context that it was made in, for what is run later and from elsewhere. */
export class Context extends AsyncResource {
  constructor() {
    super('PAYWELCOME')
  }

  /** It keeps no process running, which those ask who look for what does. */
  hasRef(): boolean {
    return false
  }
}
