import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Point, roundTrip } from "../testing/round-trip.ts";

/** What JSON makes of a value, according to the documentation. Throws if the documentation says it is refused. */
function documented(value: unknown): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value === 0 ? 0 : value;
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  if (Array.isArray(value)) return Array.from(value, documented);
  if (typeof value !== "object") throw new TypeError("not in JSON");
  if (![null, Object.prototype].includes(Object.getPrototypeOf(value))) throw new TypeError("not plain");
  const entries = Object.entries(value);
  const missing = entries.filter(([, inner]) => inner === undefined).map(([key]) => key);
  // If it were left out, readers would get the inherited member instead of undefined.
  if (missing.some((key) => key in Object.prototype)) throw new TypeError("inherited");
  const members = entries.filter(([key]) => !missing.includes(key));
  return Object.fromEntries(members.map(([key, inner]) => [key, documented(inner)]));
}

test("every loaded value is read back as the documentation says, or refused and returned as it is", async () => {
  const anything = fc.anything({
    maxDepth: 4,
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  const odd = fc.constantFrom(
    -0,
    Number.NaN,
    new Point(),
    Symbol("s"),
    () => 1,
    new Error("e"),
    new Date(0),
    undefined,
  );
  const tree = fc.oneof(
    fc.jsonValue(),
    anything,
    fc.dictionary(fc.string(), fc.oneof(fc.jsonValue(), odd)),
    fc.array(odd),
  );
  let stored = 0;
  const runs = 1_000;
  await fc.assert(
    fc.asyncProperty(
      tree.filter((value) => value !== undefined),
      async (value) => {
        let expected: { readonly value: unknown } | undefined;
        try {
          expected = { value: documented(value) };
        } catch {
          // It must be refused.
        }
        const { given, refusals, here, elsewhere } = await roundTrip(value);
        if (expected === undefined) {
          expect(Object.is(given, value)).toBe(true);
          expect(refusals.map(({ reason }) => reason)).toEqual(["not-serializable"]);
          expect([here, elsewhere]).toEqual([undefined, undefined]);
        } else {
          stored++;
          expect(refusals).toEqual([]);
          for (const one of [given, here, elsewhere])
            expect(isDeepStrictEqual(one, expected.value)).toBe(true);
        }
      },
    ),
    { numRuns: runs },
  );
  // Both cases must occur.
  expect(stored).toBeGreaterThan(runs / 10);
  expect(stored).toBeLessThan((runs * 9) / 10);
});
