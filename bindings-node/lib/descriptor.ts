// Descriptors of properties.

/** Describes a property whose value it is, as an assignment makes it, or hidden from those who list properties. */
export function valued(value: unknown, listed: 'listed' | 'hidden'): PropertyDescriptor {
  // Without a prototype: what was added to every object of the program is not part of it.
  const own = { __proto__: null, value, enumerable: listed === 'listed', configurable: true, writable: true }
  return own as unknown as PropertyDescriptor
}
