/** `Object.prototype`, `Object`, and the methods that every object inherits: none of them has an enumerable property. */
const SHARED: readonly object[] = [
  Object.prototype,
  ...Object.getOwnPropertyNames(Object.prototype)
    .filter((name) => name !== "__proto__")
    .map((name) => Object.prototype[name as keyof typeof Object.prototype]),
];

/**
 * Takes back what a request has written into objects that all code shares: `@supabase/lite` 0.10 does so for a filter
 * named `__proto__` (`?__proto__=eq.1`), and from then on the whole process misbehaves.
 */
export function restorePrototypes(): void {
  for (const shared of SHARED) for (const name of Object.keys(shared)) Reflect.deleteProperty(shared, name);
}
