/** What a request accepts, as PostgREST understands it. */
export interface Accepted {
  /** The one `Accept` for all that PostgREST answers alike, whatever handlers of its own a table has. */
  readonly canonical: string;
  /** Media types without parameters, in lower case, in PostgREST's order of preference. */
  readonly types: readonly [string, ...string[]];
  /** The answer is one object, and an error (406) when there is not exactly one row. */
  readonly isSingular: boolean;
}

/**
 * What is asked for, or undefined for what is not cached: plans, media types that only the database may know, what is
 * written in a way that PostgREST's parsers might read otherwise.
 *
 * PostgREST takes the first type that it has a handler for. Which those are, the database decides: a table may have
 * handlers of its own even for `application/json`. So the list is kept in its order, up to the first type that there
 * always is a handler for. No `Accept` is the same as any type.
 */
export function acceptedBy(accept: string | undefined): Accepted | undefined {
  if (accept === undefined) return acceptedFrom([ANY]);
  if (accept.length > MAX_LENGTH) return undefined;
  const ranges: Range[] = [];
  for (const text of accept.split(",")) {
    const range = rangeOf(text);
    if (range === undefined) return undefined;
    ranges.push(range);
  }
  // As `parseHttpAccept` of wai-extra sorts: by quality, then by parameters and wildcards, else as they stand.
  ranges.sort((a, b) => b.quality - a.quality || b.specificity - a.specificity);
  const media = ranges.map((range) => range.media);
  const last = media.findIndex((each) => BUILT_IN.has(each));
  return last < 0 ? undefined : acceptedFrom(media.slice(0, last + 1));
}

function acceptedFrom(media: readonly string[]): Accepted | undefined {
  const [first = "", ...others] = media.map((each) => (each.split(";", 1)[0] ?? "").toLowerCase());
  // Whether one object is asked for must not depend on the database.
  if (media.length > MAX_RANGES || others.includes(SINGULAR)) return undefined;
  const canonical = media.map((each, at) => (at === 0 ? each : `${each};q=0.${MAX_RANGES - at}`)).join(",");
  return { canonical, types: [first, ...others], isSingular: first === SINGULAR };
}

/** Browsers list up to eight; each has a quality of one digit here. */
const MAX_RANGES = 10;
const MAX_LENGTH = 256;

const ANY = "*/*";
const JSON_TYPE = "application/json";
/** Without PostGIS its handler fails. */
const GEO_JSON = "application/geo+json";
const SINGULAR = "application/vnd.pgrst.object+json";
const STRIPPED = ";nulls=stripped";
const ARRAY_STRIPPED = `application/vnd.pgrst.array+json${STRIPPED}`;

/** What PostgREST has a handler for in any case. */
const BUILT_IN: ReadonlySet<string> = new Set([
  ...[ANY, JSON_TYPE, GEO_JSON, "text/csv", SINGULAR, SINGULAR + STRIPPED, ARRAY_STRIPPED],
]);

interface Range {
  /** As PostgREST knows it (`MediaType.hs`): of its own types by their one name, of others as written. */
  readonly media: string;
  readonly quality: number;
  readonly specificity: number;
}

/**
 * Letters and signs that both of PostgREST's parsers read alike: a comma in quotes would have split, `.8` would be 1.
 * What follows a quality they drop; `Q` is a parameter to them.
 */
const RANGE =
  /^([A-Za-z0-9.*]+\/[A-Za-z0-9.*+-]+)((?:;(?!q=)[A-Za-z0-9-]+=[A-Za-z0-9|-]+)*)(?:;q=(\d+(?:\.\d+)?))?$/;

function rangeOf(text: string): Range | undefined {
  const [, written = "", parameters = "", quality = "1"] = RANGE.exec(text.replaceAll(" ", "")) ?? [];
  const media = mediaOf(written, parameters);
  if (media === undefined) return undefined;
  const stars = written.split("*").length;
  return { media, quality: Number(quality), specificity: parameters.split(";").length - stars };
}

function mediaOf(written: string, parameters: string): string | undefined {
  const type = written.toLowerCase();
  switch (type) {
    case "":
    case "application/vnd.pgrst.plan":
    case "application/vnd.pgrst.plan+json":
    case "application/vnd.pgrst.plan+text":
      return undefined;
    case ANY:
    case JSON_TYPE:
    case GEO_JSON:
    case "text/csv":
      return type;
    case "application/vnd.pgrst.array":
    case "application/vnd.pgrst.array+json":
      return stripsNulls(parameters) ? ARRAY_STRIPPED : JSON_TYPE;
    case "application/vnd.pgrst.object":
    case SINGULAR:
      return stripsNulls(parameters) ? SINGULAR + STRIPPED : SINGULAR;
    default:
      return written + parameters;
  }
}

/** The last of repeated parameters counts; names are read in any case, values are not. */
function stripsNulls(parameters: string): boolean {
  return /;nulls=([^;]*)(?!.*;nulls=)/i.exec(parameters)?.[1] === "stripped";
}
