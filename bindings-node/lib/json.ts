// JSON as it was when the package was loaded, whatever a program or a test puts in its place later.

/** Reads a JSON text. */
export const { parse } = JSON
