#!/usr/bin/env node
// The command `paywelcome`: a sandbox as a server, for tests in any language. Nothing here moves money.

import type { native as Native } from './native.js'

const HELP = `usage: npx paywelcome <command>

  sandbox      start a gateway for tests; npx paywelcome sandbox --help tells how
  --help       show this
  --version    show the version

In Node.js tests, start one in the test itself: import { Sandbox } from 'paywelcome/testing'
`

function main([command, ...args]: string[]): void {
  switch (command) {
    case undefined:
    case '--help':
    case '-h':
    case 'help':
      process.stdout.write(HELP)
      break
    case '--version':
      process.stdout.write(`${(require('../../package.json') as { version: string }).version}\n`)
      break
    case 'sandbox':
      sandbox(args)
      break
    default:
      fail(2, `paywelcome: there is no command ${command}\nTry npx paywelcome --help.`)
  }
}

/** Serves until the process is told to end. */
function sandbox(args: string[]): void {
  // Before the ready line: who reads it may end the program at once.
  let end = (): void => {}
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end())

  const { native } = require('./native.js') as { native: typeof Native }
  const launched = native.launch(args)
  if ('exitCode' in launched) {
    const { exitCode, text } = launched
    if (exitCode === 0) process.stdout.write(text.replace('paywelcome-sandbox', 'npx paywelcome sandbox'))
    else fail(exitCode, `paywelcome sandbox: ${text}${exitCode === 2 ? '\nTry npx paywelcome sandbox --help.' : ''}`)
    return
  }
  // Neither the sandbox nor a signal's handler holds the process open.
  const open = setInterval(() => {}, 2 ** 30)
  end = () => {
    clearInterval(open)
    launched.stop()
  }
  process.stdout.on('error', () => {
    process.exitCode = 1
    end()
  })
  process.stdout.write(launched.ready)
}

function fail(exitCode: number, text: string): void {
  process.exitCode = exitCode
  process.stderr.write(`${text}\n`)
}

main(process.argv.slice(2))
