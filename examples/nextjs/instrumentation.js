// [region: start]
// Run once when a server starts, and not by `next build`, which has no key.
export async function register() {
  if (process.env.NEXT_RUNTIME === 'nodejs') await (await import('./app/shop.js')).open()
}
// [end]
