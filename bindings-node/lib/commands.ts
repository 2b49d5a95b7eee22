// The sandbox's commands: its names (`pay_type`) ↔ JavaScript's (`payType`), and its refusals → errors.

import { parse } from './json.js'
import type { NativeRefusal, NativeSandbox } from './native.js'

/** Why the sandbox did not do as it was told; nothing has changed then. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError'
  /** In one word; `timeout` where what was waited for did not happen in time. */
  readonly code: NativeRefusal['code'] | 'timeout'
  /** The argument at fault, such as `payType` or, within a seed, `payments[1].payType`; `null` where none is. */
  readonly argument: string | null

  constructor(code: SandboxError['code'], argument: string | null, message: string) {
    super(message)
    this.code = code
    this.argument = argument
  }
}

/** An argument that JavaScript itself can tell is wrong. */
export function invalid(argument: string, message: string): SandboxError {
  return new SandboxError('invalid_argument', argument, message)
}

/** Carries out a command; `name` and arguments may be in either spelling. */
export function run<T>(sandbox: NativeSandbox, name: string, args: object = {}): T {
  return read<T>(sandbox.command(snake(name), write(args)), name)
}

/** Carries out a command whose arguments are JSON, in the sandbox's own names; so are those of an error. */
export function runAsWritten<T>(sandbox: NativeSandbox, name: string, json: string): T {
  const told = sandbox.command(name, json)
  if (typeof told !== 'string') throw new SandboxError(told.code, told.argument ?? null, told.message)
  return read<T>(told, name)
}

/** Carries out a command that may wait, without keeping this thread from anything; holds the process open. */
export function wait<T>(sandbox: NativeSandbox, name: string, args: object): Promise<T> {
  return new Promise((resolve, reject) => {
    sandbox.wait(snake(name), write(args), (told) => {
      try {
        resolve(read<T>(told, name))
      } catch (error) {
        reject(error as SandboxError)
      }
    })
  })
}

/** Arguments as JSON, in the sandbox's own names. */
export function write(args: object): string {
  return JSON.stringify(named(args, '', 0))
}

/** A refusal, in JavaScript's names. */
export function refused({ code, argument, message }: NativeRefusal, command = ''): SandboxError {
  const names = [command, ...(argument?.split(/[.[\]]+/) ?? [])].filter((name) => /^\w+$/.test(name))
  const told = names.reduce((text, name) => text.replace(new RegExp(`\\b${snake(name)}\\b`, 'g'), camel(name)), message)
  return new SandboxError(code, argument === undefined ? null : camel(argument), told)
}

function read<T>(told: string | NativeRefusal, command: string): T {
  if (typeof told !== 'string') throw refused(told, command)
  return parse(told, renamed) as T
}

/** Renames what was read, object by object; values stay as they are. */
function renamed(name: string, value: unknown): unknown {
  // A form's fields are pairs, in order.
  if (name === 'fields' && Array.isArray(value)) return Object.fromEntries(value as [string, unknown][])
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [camel(key), inner]))
}

/** Renames what is written, and refuses what JSON would drop or change without a word. */
function named(value: unknown, path: string, depth: number): unknown {
  switch (typeof value) {
    case 'bigint':
      return String(value)
    case 'number':
      if (Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value)) return value
      throw invalid(path, `${path} is ${value}, which is not an exact number`)
    case 'string':
      if (value.isWellFormed()) return value
      throw invalid(path, `${path} holds half a character`)
    case 'boolean':
    case 'undefined':
      return value
    case 'object':
      if (value === null) return value
      if (depth > 20) throw invalid(path, `${path} is nested too deeply`)
      if (Array.isArray(value)) return bare(value.map((inner, at) => named(inner, `${path}[${at}]`, depth + 1)))
      if (!isPlain(value)) throw invalid(path, `${path || 'the arguments'} must be a plain object`)
      return bare(
        Object.fromEntries(
          Object.entries(value).map(([key, inner]) => {
            const place = path ? `${path}.${key}` : key
            return [snake(key), named(inner, place, depth + 1)]
          }),
        ),
      )
    default:
      throw invalid(path, `${path} is a ${typeof value}`)
  }
}

/** Takes the prototype away: a `toJSON` that was added to every object of the program is not asked. */
function bare(value: object): unknown {
  return Object.setPrototypeOf(value, null)
}

/** Whether it is an object literal, also one of another realm: test runners have several. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** The sandbox's spelling of a name. */
export function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** JavaScript's spelling of a name. */
function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
