// Promises, of whichever realm and library.

/** Whether it is a promise, or something that can be awaited like one. */
export function isPromise(given: unknown): given is PromiseLike<unknown> {
  return typeof given === 'object' && given !== null && 'then' in given && typeof given.then === 'function'
}
