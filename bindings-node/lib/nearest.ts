// A mistyped name → the name that was meant.

/** Finds the name that `key` was meant to be, if one is close. */
export function nearest(key: string, names: readonly string[]): string | undefined {
  if (key.length > 40) return undefined
  const ranked = names.map((name) => ({ name, distance: distance(plain(key), plain(name)) }))
  const best = ranked.sort((a, b) => a.distance - b.distance)[0]
  return best !== undefined && best.distance <= Math.min(2, best.name.length / 2) ? best.name : undefined
}

/** Without case and separators: `pay_type` is `payType`. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '')
}

/** How many letters have to be put in, taken out or changed to make `b` out of `a`. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j += 1) {
      const change = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1)
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
