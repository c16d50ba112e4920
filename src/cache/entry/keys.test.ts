import fc from "fast-check";
import { expect, test } from "vitest";
import { key, kindOf, namespacePath, namesUser, qualify, storeKey, user } from "./keys.ts";

test("parts are escaped, so no content makes two keys collide", () => {
  expect(key`user:${7}:profile`).toBe("user:7:profile");
  expect(key`user:${"a:b"}:${"c"}`).toBe("user:a%3Ab:c");
  expect(key`user:${"a"}:${"b:c"}`).toBe("user:a:b%3Ac");
  expect(key`q:${"100%/@"}`).toBe("q:100%25%2F%40");
});

test("different parts give different keys, whatever they contain", () => {
  const part = fc.string({ unit: "binary", maxLength: 8 });
  fc.assert(
    fc.property(part, part, part, part, (a, b, c, d) => {
      const same = a === c && b === d;
      return (key`x:${a}:${b}` === key`x:${c}:${d}`) === same;
    }),
    { numRuns: 2_000 },
  );
});

test("lone surrogates stay distinct, although UTF-8 would make them one character", () => {
  expect(key`k:${"\ud800"}`).not.toBe(key`k:${"\ud801"}`);
  expect(key`k:${"\ud83d\ude00"}`).toBe("k:😀");
});

test.each([
  ["undefined", undefined],
  ["null", null],
  ["NaN", Number.NaN],
])("a part that is %s is refused", (_, part) => {
  expect(() => key`user:${part as number}:profile`).toThrow(
    expect.objectContaining({ code: "invalid-key", message: expect.stringContaining("part 0") }),
  );
});

test("parts that could run into each other are refused", () => {
  expect(() => key`${1}${2}`).toThrow(expect.objectContaining({ code: "invalid-key" }));
  expect(() => key`${1}-${2}`).toThrow(expect.objectContaining({ code: "invalid-key" }));
  expect(key`${1}/${2}`).toBe("1/2");
});

test("a user is distinct from any other part", () => {
  expect(key`orders:${user("ann")}:open`).toBe("orders:@ann:open");
  expect(namesUser(key`orders:${user("ann")}:open`)).toBe(true);
  expect(namesUser(key`orders:${"@ann"}:open`)).toBe(false);
  expect(() => user("")).toThrow(expect.objectContaining({ code: "invalid-key" }));
});

test("the kind of a key is its first level", () => {
  expect(kindOf("user:1:profile")).toBe("user");
  expect(kindOf("config")).toBe("config");
});

test("keys of different namespaces never collide, whatever their names", () => {
  const name = fc.string({ unit: "binary", minLength: 1, maxLength: 6 });
  const path = fc.array(name, { maxLength: 3 });
  const any = fc.oneof(
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.constantFrom(":", "/a:b", "/", "a/b:c"),
  );
  const full = (names: string[], k: string) => qualify(names.reduce(namespacePath, ""), k);
  fc.assert(
    fc.property(path, any, path, any, (a, k, b, l) => {
      const same = k === l && a.length === b.length && a.every((one, index) => one === b[index]);
      return (full(a, k) === full(b, l)) === same;
    }),
    { numRuns: 5_000 },
  );
});

test("a key is hashed if it is too long for KV, or UTF-8 would confuse it with another", async () => {
  expect(await storeKey("app", "e", "user:1")).toBe("app:e:user:1");
  expect(await storeKey("app", "e", "x".repeat(506))).toHaveLength(512);
  const long = await storeKey("app", "e", "x".repeat(507));
  expect(long).toMatch(/^app:e#:[0-9a-f]{64}$/);
  expect(await storeKey("app", "e", "é".repeat(300))).toMatch(/^app:e#:/);
  expect(await storeKey("app", "e", "\ud800")).not.toBe(await storeKey("app", "e", "\ud801"));
});
