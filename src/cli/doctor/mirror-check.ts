import * as v from "valibot";
import { type Check, ok, warning } from "../check/check.ts";

/** What `GET config` tells of a gateway. One before mirrors tells nothing of them. */
export const deployedShape = v.object({
  tables: v.record(v.string(), v.object({ freshnessMs: v.number() })),
  mirrors: v.optional(v.nullable(v.object({ perRegion: v.number() })), null),
});

/** About what one Durable Object takes, and what a mirror should be asked at most, in calls a second: docs/scaling.md. */
const KEEPER_TAKES = 1_000;
const MIRROR_TAKES = 600;

/** Cloudflare's regions. */
const REGIONS = 9;

/** Half of what the keeper takes: a busy hour may bring twice the isolates of now. */
const WORTH_SAYING = KEEPER_TAKES / 2;

/**
 * Whether mirrors would pay, or are too few: busy isolates × 2 ÷ the shortest `freshness`, against what one object takes.
 *
 * @param isolates that have reported in the last five minutes
 */
export function mirrorCheck(
  isolates: number,
  { tables, mirrors }: v.InferOutput<typeof deployedShape>,
): Check {
  const bounds = Object.values(tables).map(({ freshnessMs }) => freshnessMs);
  const shortestMs = Math.min(...bounds.filter((boundMs) => boundMs > 0));
  const calls = Math.ceil((isolates * 2_000) / shortestMs);
  const asked = `${isolates} busy isolates ask up to ${calls} times a second`;
  if (mirrors !== null) {
    const takes = mirrors.perRegion * MIRROR_TAKES * REGIONS;
    // Where the isolates are, the keeper does not know.
    if (calls <= takes) {
      const each = mirrors.perRegion * MIRROR_TAKES;
      return ok("mirrors", `${asked}, and the mirrors take ${takes}: ${each} in each of nine regions`);
    }
    const perRegion = Math.ceil(calls / MIRROR_TAKES / REGIONS);
    return warning(
      "mirrors",
      `${asked}: more than the mirrors take`,
      `mirrors: { perRegion: ${perRegion} } or more`,
    );
  }
  if (calls < WORTH_SAYING) return ok("mirrors", `${asked}: no mirrors are needed`);
  const fix = "Mirrors ask it for all isolates of a region, or a longer freshness: docs/mirrors.md";
  return warning("mirrors", `${asked}; one keeper takes about ${KEEPER_TAKES}`, fix);
}
