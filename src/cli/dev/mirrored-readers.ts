import type { ResolvedConfig } from "../../gateway/config/config.ts";
import { regionOf, regionOfHint, type Whereabouts } from "../../gateway/mirrors/region.ts";

/** Readers of this machine count as these, if the configuration has mirrors. */
const OCEANIA = { continent: "OC", named: "Oceania" } as const;
/** If the keeper is there, where a single mirror has no readers. */
const EUROPE = { continent: "EU", named: "western Europe" } as const;

export interface MirroredReaders extends Whereabouts {
  /** In words. */
  readonly named: string;
}

/**
 * Where readers of this machine are said to be, as Cloudflare says it of its own, so that a mirror is near them. Null: the
 * configuration has no mirrors.
 */
export function mirroredReaders(
  config: Pick<ResolvedConfig, "mirrors" | "keeper"> | undefined,
): MirroredReaders | null {
  if (config === undefined || config.mirrors === null) return null;
  return regionOfHint(config.keeper.locationHint) === regionOf(OCEANIA) ? EUROPE : OCEANIA;
}
