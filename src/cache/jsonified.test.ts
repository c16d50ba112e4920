import * as v from "valibot";
import { expect, expectTypeOf, test } from "vitest";
import { createCache } from "./create.ts";
import { createCache as createCoreCache } from "./create-core.ts";
import type { Jsonified } from "./jsonified.ts";

interface Article {
  readonly id: number;
  readonly at: Date;
  readonly link?: URL;
  readonly edits: readonly { readonly by: string; readonly at: Date }[];
}

/** An article as readers get it. */
interface Kept {
  readonly id: number;
  readonly at: string;
  readonly link?: string;
  readonly edits: readonly { readonly by: string; readonly at: string }[];
}

const AT = "2026-08-01T00:00:00.000Z";
const article = (): Article => ({ id: 1, at: new Date(AT), edits: [{ by: "ann", at: new Date(AT) }] });

test("a Date comes back as a text, and its type says so, at any depth and for each way to read", async () => {
  const cache = createCache();
  const read = await cache.getOrSet("k", article);
  expectTypeOf(read).toEqualTypeOf<Kept>();
  expect(read).toEqual({ id: 1, at: AT, edits: [{ by: "ann", at: AT }] });
  expectTypeOf((await cache.lookup("k", article)).value).toEqualTypeOf<Kept>();
  expectTypeOf(await cache.get<Article>("k")).toEqualTypeOf<Kept | undefined>();
  expectTypeOf((await cache.revalidate("k", article)).value).toEqualTypeOf<Kept>();
  const many = await cache.getMany(["k"], () => ({ k: article() }));
  expectTypeOf(many).toEqualTypeOf<Map<string, Kept | undefined>>();
  expectTypeOf(await createCoreCache().getOrSet("k", article)).toEqualTypeOf<Kept>();
  expectTypeOf(await cache.namespace("n").getOrSet("k", article)).toEqualTypeOf<Kept>();
});

test("with a schema, the type is that of what it makes", async () => {
  const cache = createCache();
  const validate = v.object({
    at: v.pipe(
      v.union([v.string(), v.date()]),
      v.transform((at) => new Date(at)),
    ),
  });
  const read = await cache.getOrSet("k", () => ({ at: new Date(AT) }), { validate });
  expectTypeOf(read).toEqualTypeOf<{ at: Date }>();
  expect(read).toEqual({ at: new Date(AT) });
});

test("with a codec, which may keep more than JSON, the type is the value's own", async () => {
  const codec = {
    encode: (value: unknown) => (value as Date).toISOString(),
    decode: (text: string) => new Date(text),
  };
  const cache = createCache({ codec });
  const read = await cache.getOrSet("k", () => new Date(AT));
  expectTypeOf(read).toEqualTypeOf<Date>();
  expect(read).toEqual(new Date(AT));
  expectTypeOf(await createCoreCache({ codec }).getOrSet("k", () => new Date(AT))).toEqualTypeOf<Date>();
});

test("what JSON leaves as it is has its own type", () => {
  expectTypeOf<Jsonified<string | null | undefined>>().toEqualTypeOf<string | null | undefined>();
  expectTypeOf<Jsonified<[1, "a", boolean]>>().toEqualTypeOf<[1, "a", boolean]>();
  expectTypeOf<Jsonified<unknown>>().toEqualTypeOf<unknown>();
  expectTypeOf<Jsonified<Record<string, number>>>().toEqualTypeOf<Record<string, number>>();
  expectTypeOf<Jsonified<Uint8Array>>().toEqualTypeOf<Uint8Array>();
  interface Tree {
    readonly at: Date;
    readonly children: readonly Tree[];
  }
  expectTypeOf<Jsonified<Tree>["children"][number]["at"]>().toEqualTypeOf<string>();
});
