import { expect, it } from "vitest";
import { bodyOf, RememberedBodies } from "./remembered-bodies.ts";

/** A posted call may have a key of some kilobytes. */
const KEY_BYTES = 10_000;

function body(number: number) {
  const key = `${number}`.padEnd(KEY_BYTES, "k");
  const read = {
    ...{ key, path: "/rest/v1/a", headers: {}, audience: "public", relation: "public.a" },
    asked: { relation: "a", search: "" },
  };
  const entry = {
    ...{ generation: "g", mark: 1, status: 200, headers: {}, etag: "", body: new ArrayBuffer(2) },
    ...{ filledAt: 0, relations: ["public.a"], watched: true },
  };
  return bodyOf(read as never, { entry, begin: 0, owner: null, sharing: "free", arrivedAt: 0, tookMs: 1 });
}

it("M4. the keys worth a refill take 4 MB at most, those that were asked for last", () => {
  const bodies = new RememberedBodies(64_000_000, false);
  for (let number = 0; number < 1_000; number++) {
    const each = body(number);
    bodies.set(each, "g");
    bodies.get(each.read.key);
    bodies.get(body(0).read.key);
  }
  const wanted = [...bodies.wanted()].map(({ read }) => Number.parseInt(read.key, 10));
  expect(wanted.length * KEY_BYTES).toBeLessThanOrEqual(4_000_000);
  expect(wanted).toEqual(expect.arrayContaining([0, 999, 998]));
  expect(wanted).not.toContain(1);
});
