import fc from "fast-check";
import type { Event, Settings } from "./history.ts";
import { readAgain } from "./parts.ts";

/** How many histories of ten have them, unless somebody asks for another share. */
export const TIERED = 5;

type TiersSettings = Pick<Settings, "staleWhileRevalidateMs" | "hasColo">;

export const NO_TIERS: TiersSettings = { staleWhileRevalidateMs: 0, hasColo: false };

export interface WithTiers {
  readonly settings: TiersSettings;
  readonly events: readonly Event[];
}

/** The data centre's cache, answers that are given while they are revalidated, and readers of both. */
export const tiers: fc.Arbitrary<WithTiers> = fc.record({
  settings: fc.record({
    staleWhileRevalidateMs: fc.constantFrom(0, 5_000, 30_000, 300_000),
    hasColo: fc.boolean(),
  }),
  events: fc.array(readAgain, { minLength: 5, maxLength: 20, size: "max" }),
});
