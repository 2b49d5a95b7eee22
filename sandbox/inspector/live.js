// Follows the sandbox: everything is looked at once when the stream opens, and again whenever changes may be lost.

const NAMES = ['request', 'payment', 'rules', 'clock', 'merchants', 'balances', 'faults', 'tls', 'reset'];
const RETRY_MS = 1000;

/**
 * `load` looks at everything, `apply(name, data)` takes one change, `status(connected)` hears of the connection.
 * Changes that come while everything is being looked at are applied after it, so that nothing old overwrites them.
 */
export function follow({ load, apply, status }) {
  let waiting = null;
  let again = false;

  async function reload() {
    if (waiting !== null) {
      again = true;
      return;
    }
    waiting = [];
    do {
      again = false;
      try {
        await load();
        status(true);
      } catch {
        status(false);
      }
    } while (again);
    const missed = waiting;
    waiting = null;
    for (const [name, data] of missed) apply(name, data);
  }

  function take(name, data) {
    if (waiting === null) apply(name, data);
    else waiting.push([name, data]);
  }

  function connect() {
    const stream = new EventSource('events');
    stream.addEventListener('open', reload);
    stream.addEventListener('lost', reload);
    for (const name of NAMES) {
      stream.addEventListener(name, (event) => {
        const data = JSON.parse(event.data);
        // A change whose subject is gone by now says so with null.
        if (data !== null) take(name, data);
        if (name === 'reset') reload();
      });
    }
    stream.addEventListener('error', () => {
      status(false);
      // The browser comes again by itself, except after an answer that is not a stream.
      if (stream.readyState === EventSource.CLOSED) setTimeout(connect, RETRY_MS);
    });
  }

  connect();
}
