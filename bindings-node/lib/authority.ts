// The certificate of a sandbox's authority as a file, which is what clients take.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folders = new Set<string>()

/** A PEM file in a temporary folder, which goes when it is removed or the process exits. */
export class AuthorityFile {
  readonly path: string
  readonly #folder: string

  constructor(pem: string) {
    this.#folder = mkdtempSync(join(tmpdir(), 'paywelcome-sandbox-'))
    if (folders.size === 0) process.on('exit', removeAll)
    folders.add(this.#folder)
    this.path = join(this.#folder, 'ca.pem')
    writeFileSync(this.path, pem)
  }

  /** Removes the file and its folder; doing so again does nothing. */
  remove(): void {
    remove(this.#folder)
  }
}

function remove(folder: string): void {
  if (!folders.delete(folder)) return
  rmSync(folder, { recursive: true, force: true })
  if (folders.size === 0) process.off('exit', removeAll)
}

function removeAll(): void {
  for (const folder of folders) remove(folder)
}
