import { expect, test } from "vitest";
import { keyName, namespaceName, prefixName, tagName } from "../cache/entry/names.ts";
import { bucketOf } from "../keeper/protocol/names.ts";
import { placed } from "./bucket-names.ts";

const MANY = 20_000;

const bucketsOf = (nameOf: (n: number) => string) =>
  new Set(Array.from({ length: MANY }, (_, n) => bucketOf(placed(nameOf(n)))));

const keys = bucketsOf((n) => keyName(`user:${n}`));
const tags = bucketsOf((n) => tagName("", `author:${n}`));
const prefixes = bucketsOf((n) => prefixName("/v1:", `kind${n}`));
const namespaces = bucketsOf((n) => namespaceName(`/tenant%3A${n}:`));

test("names of different kinds never share a bucket: a key that is deleted flushes no namespace", () => {
  const all = [keys, tags, prefixes, namespaces];
  const together = new Set(all.flatMap((buckets) => [...buckets]));
  expect(together.size).toBe(all.reduce((sum, { size }) => sum + size, 0));
});

test("the root, which every entry depends on, has a bucket to itself", () => {
  const root = bucketOf(placed(namespaceName("")));
  for (const buckets of [keys, tags, prefixes, namespaces]) expect(buckets.has(root)).toBe(false);
});

test("each kind spreads over all the buckets it has", () => {
  expect(keys.size).toBeGreaterThan(4_000);
  expect(tags.size).toBeGreaterThan(2_000);
  expect(prefixes.size).toBeGreaterThan(1_000);
  expect(namespaces.size).toBeGreaterThan(1_000);
});
