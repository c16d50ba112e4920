import type { CacheEvent } from "../entry/events.ts";
import { laboratory } from "./laboratory.ts";

/** What a cache makes of a value: what the caller of its load gets, which refusals it reports, and what another isolate finds. */
export async function roundTrip(value: unknown) {
  const { isolate, background } = laboratory();
  const refusals: (CacheEvent & { type: "refuse" })[] = [];
  const { cache } = isolate({
    maxValueLength: 10_000_000,
    onEvent: (event) => event.type === "refuse" && refusals.push(event),
  });
  const given = await cache.getOrSet<unknown>("k", () => value);
  await background();
  return { given, refusals, here: await cache.get("k"), elsewhere: await isolate().cache.get("k") };
}

export class Point {
  readonly x = 1;
  readonly y = 2;
}
