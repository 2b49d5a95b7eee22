#!/usr/bin/env node
// The command `paywelcome`.

const HELP = `usage: npx paywelcome <command>

  cancel          cancel a whole payment; asks before real money moves
  partial-cancel  cancel a part of a payment; asks before real money moves
  sign            show the signed text and its signature, to compare with another system
  refunds         durable refunds in your own database: workers, batches, reviews and rulings
  doctor          check whether this machine can reach the gateway; cancels nothing
  judge           say what a saved answer of the gateway means, and why; sends nothing
  rehearse        test the gateway with one payment, where its guide is silent; records the findings
  sandbox         run a gateway for tests: it approves made-up payments, and fails on demand
  --help          show this; after a command, its own help
  --version       show the version

In Node.js tests, start one in the test itself: import { Sandbox } from 'paywelcome/testing'
`

async function main([command, ...args]: string[]): Promise<void> {
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
      await sandbox(args)
      break
    case 'refunds':
      process.exitCode = await (await import('./refunds/command.js')).run('npx paywelcome', args)
      break
    default:
      await other(command, args)
  }
}

/** Runs a command for the person on call, whose Ctrl-C must not hide what may have left. */
async function other(command: string, args: string[]): Promise<void> {
  const { native } = await import('./native.js')
  for (const [signal, exitCode] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
    process.on(signal, () => {
      if (!native.interrupt()) process.exit(exitCode)
    })
  }
  native.commandLine('npx paywelcome', `Node.js ${process.versions.node}`, command, args, (code) => {
    if (code === null) fail(2, `paywelcome: there is no command ${command}\nTry npx paywelcome --help.`)
    else process.exitCode = code
  })
}

/** Serves until the process is told to end. */
async function sandbox(args: string[]): Promise<void> {
  // Before the ready line: who reads it may end the program at once.
  let end = (): void => {}
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end())

  const { native } = await import('./native.js')
  const launched = native.launch(args, process.stdout.isTTY === true)
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

void main(process.argv.slice(2))
