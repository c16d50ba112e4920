import type { Footprint } from "../../postgrest/footprint/footprint.ts";
import { parseQuery } from "../../postgrest/query/parse.ts";
import type { Read } from "../../postgrest/query/read.ts";
import { arrayElements, objectMembers } from "../../postgrest/row/json-source.ts";
import type { Shape } from "../../postgrest/shape/shape.ts";
import type { StoredResponse } from "../protocol/entry.ts";

/** Whether two answers to one read can be of the same state of the database. */
export type Sameness = "same" | "different" | "undecided";

/** PostgREST's `db-max-rows`, as Supabase sets it. An answer this long may be cut off anywhere. */
const USUAL_MAX_ROWS = 1_000;

const decoder = new TextDecoder();

/** Without a total order rows come in any order, and a page may show any of them. */
export function compareAnswers(
  { footprint, asked }: { readonly footprint: Footprint; readonly asked: Read },
  before: StoredResponse,
  after: StoredResponse,
): Sameness {
  if (before.etag === after.etag) return "same";
  if (before.status !== after.status || totalOf(before) !== totalOf(after)) return "different";
  const [old, fresh] = [rowsOf(before), rowsOf(after)];
  if (!old || !fresh) return "different";
  const { parts } = JSON.parse(footprint.shape) as Shape;
  const isOrdered = parts.some(({ window }) => window?.order !== undefined);
  if (old.toSorted().join("\n") === fresh.toSorted().join("\n")) {
    return isOrdered && old.join("\n") !== fresh.join("\n") ? "different" : "same";
  }
  if (isOrdered) return "different";
  const isCut = old.length === fresh.length && old.length >= USUAL_MAX_ROWS;
  return isCut || isPage(asked) ? "undecided" : "different";
}

function isPage({ relation, search, range }: Read): boolean {
  const { root } = parseQuery(relation, search);
  return root.limit !== undefined || root.offset > 0 || range !== undefined;
}

/** The total of `0-24/573`. Undefined: there is no `Content-Range`. */
function totalOf({ headers }: StoredResponse): string | undefined {
  return headers["content-range"]?.split("/").at(-1);
}

/** The rows as texts, equal for equal rows whatever the order of embedded rows. Undefined: the body is not JSON. */
function rowsOf({ body, headers }: StoredResponse): string[] | undefined {
  if (!headers["content-type"]?.includes("json")) return undefined;
  const text = decoder.decode(body);
  return (arrayElements(text) ?? [text]).map(canonical);
}

function canonical(source: string): string {
  const members = objectMembers(source);
  if (members) {
    const parts = Object.entries(members).map(
      ([name, value]) => `${JSON.stringify(name)}:${canonical(value)}`,
    );
    return `{${parts.join()}}`;
  }
  const elements = source.startsWith("[") ? arrayElements(source) : undefined;
  // Embedded rows are objects. The order of any other array is part of its value.
  if (!elements?.every((element) => element.trimStart().startsWith("{"))) return source;
  return `[${elements.map(canonical).sort().join()}]`;
}
