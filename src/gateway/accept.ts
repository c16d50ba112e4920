/**
 * The one `Accept` for all that PostgREST answers alike, or undefined for what is not cached: plans, media types of
 * the database's own making, anything else. PostgREST takes the first type that it can produce, by quality, then by
 * parameters and wildcards (`parseHttpAccept` of wai-extra); the answer is known when the very first is one of its
 * built-in types.
 */
export function canonicalAccept(accept: string | undefined): string | undefined {
  if (accept === undefined) return JSON_TYPE;
  // A comma in quotes would split in the wrong place; no client that we know quotes.
  if (accept.includes('"')) return undefined;
  const ranges = accept.split(",").map(mediaRange);
  // Every quality must be a number that PostgREST reads alike: it takes `.8` for 1.
  if (ranges.some(({ quality }) => Number.isNaN(quality))) return undefined;
  ranges.sort((a, b) => b.quality - a.quality || b.specificity - a.specificity);
  return CANONICAL.get(ranges[0]?.type ?? "");
}

/** Whether the answer is one object, and an error (406) when there is not exactly one row. */
export function isSingular(canonical: string): boolean {
  return canonical.startsWith(SINGULAR);
}

const JSON_TYPE = "application/json";
const SINGULAR = "application/vnd.pgrst.object+json";
const STRIPPED = ";nulls=stripped";
const ARRAY_STRIPPED = `application/vnd.pgrst.array+json${STRIPPED}`;

const CANONICAL: ReadonlyMap<string, string> = new Map([
  ["*/*", JSON_TYPE],
  [JSON_TYPE, JSON_TYPE],
  [`${JSON_TYPE};charset=utf-8`, JSON_TYPE],
  ["application/vnd.pgrst.array+json", JSON_TYPE],
  ["application/vnd.pgrst.array", JSON_TYPE],
  [ARRAY_STRIPPED, ARRAY_STRIPPED],
  [`application/vnd.pgrst.array${STRIPPED}`, ARRAY_STRIPPED],
  [SINGULAR, SINGULAR],
  ["application/vnd.pgrst.object", SINGULAR],
  [SINGULAR + STRIPPED, SINGULAR + STRIPPED],
  [`application/vnd.pgrst.object${STRIPPED}`, SINGULAR + STRIPPED],
  ["text/csv", "text/csv"],
  ["application/geo+json", "application/geo+json"],
]);

function mediaRange(text: string) {
  const [range = "", quality = "1"] = text.replaceAll(/[ \t]/g, "").split(";q=");
  const semicolon = range.indexOf(";");
  const type = semicolon < 0 ? range.toLowerCase() : range.slice(0, semicolon).toLowerCase();
  const parameters = semicolon < 0 ? "" : range.slice(semicolon);
  return {
    type: type + parameters,
    quality: /^\d+(?:\.\d+)?$/.test(quality) ? Number(quality) : Number.NaN,
    specificity: parameters.split(";").length - type.split("*").length,
  };
}
