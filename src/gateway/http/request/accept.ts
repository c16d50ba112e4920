/** The media types that a request accepts, as PostgREST understands them. */
export interface Accepted {
  /** One `Accept` for all requests that PostgREST answers alike, whatever handlers a table has. */
  readonly canonical: string;
  /** Media types without parameters, in lower case, in PostgREST's order of preference. */
  readonly types: readonly [string, ...string[]];
  /** The answer is one object, or an error (406) when there is not exactly one row. */
  readonly isSingular: boolean;
}

/**
 * The accepted media types, or undefined when the answer is not cached: for plans, for media types that only the
 * database may know, and for spellings that PostgREST's parsers might read differently.
 *
 * PostgREST takes the first type that it has a handler for. The database decides which those are: a table may have its
 * own handlers, even for `application/json`. So the list keeps its order, up to the first type that always has a
 * handler. No `Accept` means any type.
 */
export function acceptedBy(accept: string | undefined): Accepted | undefined {
  if (accept === undefined) return acceptedFrom([ANY]);
  if (accept.length > MAX_LENGTH) return undefined;
  const ranges: MediaRange[] = [];
  for (const text of accept.split(",")) {
    const range = rangeOf(text);
    if (range === undefined) return undefined;
    ranges.push(range);
  }
  // Sorted as `parseHttpAccept` of wai-extra does: by quality, then by parameters and wildcards, else as written.
  ranges.sort((a, b) => b.quality - a.quality || b.specificity - a.specificity);
  const media = ranges.map((range) => range.media);
  const last = media.findIndex((each) => BUILT_IN.has(each));
  return last < 0 ? undefined : acceptedFrom(media.slice(0, last + 1));
}

function acceptedFrom(media: readonly string[]): Accepted | undefined {
  const [first = "", ...others] = media.map((each) => (each.split(";", 1)[0] ?? "").toLowerCase());
  // Whether the answer is one object must not depend on the database.
  if (media.length > MAX_RANGES || others.includes(SINGULAR)) return undefined;
  const canonical = media.map((each, at) => (at === 0 ? each : `${each};q=0.${MAX_RANGES - at}`)).join(",");
  return { canonical, types: [first, ...others], isSingular: first === SINGULAR };
}

/** Browsers list up to eight. Here each gets a quality of one digit. */
const MAX_RANGES = 10;
const MAX_LENGTH = 256;

const ANY = "*/*";
const JSON_TYPE = "application/json";
/** Its handler fails without PostGIS. */
const GEO_JSON = "application/geo+json";
const SINGULAR = "application/vnd.pgrst.object+json";
const STRIPPED = ";nulls=stripped";
const ARRAY_STRIPPED = `application/vnd.pgrst.array+json${STRIPPED}`;

/** Types that PostgREST always has a handler for. */
const BUILT_IN: ReadonlySet<string> = new Set([
  ...[ANY, JSON_TYPE, GEO_JSON, "text/csv", SINGULAR, SINGULAR + STRIPPED, ARRAY_STRIPPED],
]);

interface MediaRange {
  /** As PostgREST knows it (`MediaType.hs`): its own types by their one name, others as written. */
  readonly media: string;
  readonly quality: number;
  readonly specificity: number;
}

/**
 * Characters that both of PostgREST's parsers read alike: a quoted comma would have been split, and `.8` would be 1.
 * They drop what follows a quality, and take `Q` for a parameter.
 */
const RANGE =
  /^([A-Za-z0-9.*]+\/[A-Za-z0-9.*+-]+)((?:;(?!q=)[A-Za-z0-9-]+=[A-Za-z0-9|-]+)*)(?:;q=(\d+(?:\.\d+)?))?$/;

function rangeOf(text: string): MediaRange | undefined {
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

/** The last of repeated parameters counts. Names are case-insensitive, values are not. */
function stripsNulls(parameters: string): boolean {
  return /;nulls=([^;]*)(?!.*;nulls=)/i.exec(parameters)?.[1] === "stripped";
}
