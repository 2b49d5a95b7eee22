// A call's values → one text: the native half takes that far faster than it reads an object.

import { exact } from './arguments.js'
import type { Values } from './native.js'
import type { Operation } from './outcome.js'
import { ARGUMENTS } from './requests.js'

/** What each operation's values are, in the order that the native half reads them in. */
const ORDER: Readonly<Record<Operation, readonly string[]>> = {
  cancel: [...ARGUMENTS.cancel, 'timeoutMs', 'waitMs', 'reference'],
  partial_cancel: [...ARGUMENTS.partial_cancel, 'timeoutMs', 'waitMs', 'reference'],
  warm_up: ['timeoutMs'],
}

/** Ends each value. */
const END = '\0'

/**
 * Packs texts and safe integers, each with its type, so that nothing can be taken for another. Values of which one is
 * anything else, is not a well-formed text or can't be told from two are given as they are: the native half then looks at each.
 */
export function pack(operation: Operation, values: Values): Values | string {
  return packed(ORDER[operation], values) ?? values
}

/** Packs the values of these names in this order, where that can be done. */
export function packed(names: readonly string[], values: Values): string | undefined {
  let text = ''
  for (const name of names) {
    const value = values[name]
    if (typeof value === 'string') {
      if (value.includes(END) || !value.isWellFormed()) return undefined
      text += `t${value}`
    } else if (Number.isSafeInteger(value)) {
      text += `n${value as number}`
    } else if (value !== undefined && value !== null) {
      return undefined
    }
    text += END
  }
  return text
}

/** Makes values fit for the native half: as one text, or else each by itself. */
export function fit(operation: Operation, values: Values): Values | string {
  const packed = pack(operation, values)
  return typeof packed === 'string' ? packed : exact(packed)
}
