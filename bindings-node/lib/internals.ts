// What this project's own tests look at, and the package does not hold.

export { attempt, formOf } from './client.js'
export { native } from './native.js'
export { pack } from './packing.js'
