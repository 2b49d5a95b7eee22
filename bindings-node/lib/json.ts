// JSON as it was when the package was loaded, whatever a program or a test puts in its place later.

export const {
  /** Reads a JSON text. */
  parse,
  /** Writes one. */
  stringify,
} = JSON
