// Steps that run at once where every answer is a value, and wait where it is a promise: one text for both kinds of stores.

import { isPromise } from './promised.js'

/** What is done step by step; each step gives what it asked, which may be a promise. */
export type Steps<T = void> = Generator<unknown, T, unknown>

/** One step: gives what the answer is, or comes to be. */
export function* ask<T>(answer: T | PromiseLike<T>): Steps<T> {
  return (yield answer) as T
}

/** Takes the steps to their end: gives a value where nothing was a promise. */
export function take<T>(steps: Steps<T>): T | Promise<T> {
  let step = steps.next()
  while (!step.done) {
    if (isPromise(step.value)) return wait(steps, step.value)
    step = steps.next(step.value)
  }
  return step.value
}

async function wait<T>(steps: Steps<T>, first: PromiseLike<unknown>): Promise<T> {
  let step: IteratorResult<unknown, T> = { value: first }
  while (!step.done) {
    let answer: unknown
    try {
      answer = await step.value
    } catch (error) {
      step = steps.throw(error)
      continue
    }
    step = steps.next(answer)
  }
  return step.value
}
