import type { NotStored } from "../keeper/protocol/fill.ts";

/** A complete answer of the origin. */
interface Came {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ArrayBuffer;
}

/**
 * Why an answer is passed on and not stored. Null: it surely is what PostgREST meant to say. A proxy in between may
 * answer `200` with a page of its own, or with half a body, and such an answer would count until its rows change.
 *
 * @param isCall it is a function's
 */
export function notStored(
  { status, headers, body }: Came,
  accept: string | undefined,
  isCall = false,
): NotStored | null {
  const asked = (accept ?? "*/*").split(",").map(mediaType);
  if (status !== 200 && status !== 206 && status !== 406) return "status-not-cacheable";
  if (!UNDONE.has(headers.get("content-encoding")?.trim() ?? "")) return "unknown-encoding";
  const type = mediaType(headers.get("content-type") ?? "");
  if (status === 406) {
    const isNoSingleRow = asked.some((each) => OBJECTS.has(each)) && claimsJson(type) && hasCode(body);
    return isNoSingleRow ? null : "status-not-cacheable";
  }
  if (!asked.some((range) => answers(range, type))) return "unexpected-type";
  // A function's result may be one value, and then looks like what somebody else says, or like an error that the function
  // raises with this status.
  const isValue = isCall && LISTS.has(type);
  const isJsonAsSaid = !claimsJson(type) || isJson(body, isValue ? "any" : topLevel(type));
  const isNamed = (claimsJson(type) && !isValue) || isNamedByPostgrest(headers, body);
  return isJsonAsSaid && isNamed ? null : "broken-body";
}

/** The encodings that workerd undoes, spelled exactly like this. It passes on any other encoding as it came. */
const UNDONE: ReadonlySet<string> = new Set(["", "identity", "gzip", "br"]);

/** PostgREST answers each of these as one of them. */
const LISTS: ReadonlySet<string> = new Set([
  "application/json",
  "application/vnd.pgrst.array",
  "application/vnd.pgrst.array+json",
]);

const OBJECTS: ReadonlySet<string> = new Set([
  "application/vnd.pgrst.object",
  "application/vnd.pgrst.object+json",
]);

/** `text/csv` of `Text/CSV; charset=utf-8`. */
function mediaType(text: string): string {
  return (text.split(";", 1)[0] ?? "").trim().toLowerCase();
}

/** Whether an answer of this type is one to a media range of `Accept`. */
function answers(range: string, type: string): boolean {
  if (type === "") return false;
  if (LISTS.has(range)) return LISTS.has(type);
  if (OBJECTS.has(range)) return OBJECTS.has(type);
  // A single object is an answer only to a request for one.
  if (range.endsWith("/*") && OBJECTS.has(type)) return false;
  if (range.endsWith("/*")) return range === "*/*" || type.startsWith(range.slice(0, -1));
  return range === type;
}

function claimsJson(type: string): boolean {
  return /[/+]json$/.test(type) || LISTS.has(type) || OBJECTS.has(type);
}

type TopLevel = "array" | "object" | "any";

/** A custom media type may be any JSON. */
function topLevel(type: string): TopLevel {
  if (LISTS.has(type)) return "array";
  return OBJECTS.has(type) || type === "application/geo+json" ? "object" : "any";
}

/** Parsing 1 MiB costs a fill 3 ms for rows of 400 bytes, 12 ms for rows of 14 (Node 24); a hit costs it nothing. */
function isJson(body: ArrayBuffer, expected: TopLevel): boolean {
  const value = parse(body);
  if (value === undefined || expected === "any") return value !== undefined;
  return typeof value === "object" && value !== null && Array.isArray(value) === (expected === "array");
}

/** Whether it is the 406 about the number of rows. Any other is about the request, or from a proxy. */
function hasCode(body: ArrayBuffer): boolean {
  const value = parse(body);
  return typeof value === "object" && value !== null && "code" in value && value.code === "PGRST116";
}

// Strict: JSON is UTF-8, without a byte order mark.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function parse(body: ArrayBuffer): unknown {
  try {
    return JSON.parse(decoder.decode(body));
  } catch {
    return undefined;
  }
}

/**
 * A body of text or bytes does not show where it came from. `Content-Range` does: PostgREST sends it with every read
 * of a relation or a function (`Response.hs`), but with no error, and no proxy does. CSV has a line even without rows, so an empty body is not
 * PostgREST's.
 */
function isNamedByPostgrest(headers: Headers, body: ArrayBuffer): boolean {
  const isRange = /^(?:\d+-\d+|\*)\/(?:\d+|\*)$/.test(headers.get("content-range") ?? "");
  return isRange && body.byteLength > 0;
}
