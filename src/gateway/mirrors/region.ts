import type { LOCATION_HINTS } from "../config/keeper-config.ts";

/** The regions in which Cloudflare can be asked to place a Durable Object, by its names. */
export type Region = Exclude<(typeof LOCATION_HINTS)[number], "apac-ne" | "apac-se">;

/** Where a request comes from, as far as Cloudflare says; see `request.cf`. */
export interface Whereabouts {
  readonly continent?: unknown;
  /** In degrees, as a text. */
  readonly longitude?: unknown;
}

/** West of it is western North America: the Rocky Mountains. */
const ROCKIES = -100;

/** East of it is eastern Europe, between Berlin and Warsaw. */
const ODER = 15;

/** East of it is Asia, on either side of the continents' border. */
const URAL = 60;

/** The region that is nearest to whoever asks; null: it is not known. */
export function regionOf({ continent, longitude }: Whereabouts): Region | null {
  const east = Number.parseFloat(String(longitude));
  switch (continent) {
    case "NA":
      return east < ROCKIES ? "wnam" : "enam";
    case "SA":
      return "sam";
    case "EU":
      if (east >= URAL) return "apac";
      return east >= ODER ? "eeur" : "weur";
    case "AS":
      return east < URAL ? "me" : "apac";
    case "OC":
      return "oc";
    case "AF":
      return "afr";
    default:
      return null;
  }
}

/** The region of a keeper's location hint. */
export function regionOfHint(hint: (typeof LOCATION_HINTS)[number] | null): Region | null {
  return hint === "apac-ne" || hint === "apac-se" ? "apac" : hint;
}
