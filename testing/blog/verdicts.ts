import type { Declared, Footprint } from "../../src/postgrest/footprint/footprint.ts";
import { footprintOf } from "../../src/postgrest/footprint/footprint-of.ts";
import { parseQuery } from "../../src/postgrest/query/parse.ts";
import type { Read } from "../../src/postgrest/query/read.ts";
import type { Change, Row } from "../../src/postgrest/row/change.ts";
import { verdictOn } from "../../src/postgrest/verdict/verdict.ts";
import { windowOf } from "../../src/postgrest/verdict/window.ts";
import { blog } from "./schema.ts";

export const declared: Declared = { tables: new Set(blog.keys()), dependsOn: new Map() };

export function footprint(
  relation: string,
  search: string,
  more: Partial<Read> = {},
  word: Declared = declared,
): Footprint {
  const read: Read = { schema: "public", relation, search, ...more };
  const result = footprintOf(read, parseQuery(relation, search), word, blog);
  if (!("footprint" in result)) throw new Error(result.bypass);
  return result.footprint;
}

export const insert = (relation: string, record: Row): Change => ({
  kind: "row",
  operation: "INSERT",
  relation: `public.${relation}`,
  record,
});
export const remove = (relation: string, old: Row): Change => ({
  kind: "row",
  operation: "DELETE",
  relation: `public.${relation}`,
  old,
});
export const update = (relation: string, old: Row, changed: Row): Change => ({
  kind: "row",
  operation: "UPDATE",
  relation: `public.${relation}`,
  old,
  record: { ...old, ...changed },
});

export const post = (id: number, more: Row = {}): Row => ({
  id: String(id),
  user_id: "1",
  title: '"t"',
  body: "null",
  score: "1",
  views: "0",
  at: `"2024-01-${String(id).padStart(2, "0")}T00:00:00+00:00"`,
  meta: "null",
  labels: "[]",
  mood: "null",
  mail: "null",
  ratio: "null",
  ref: "null",
  ...more,
});

/** The rule by which a change does not touch an answer of this body (and `Content-Range`), or "affected". */
export function rule(print: Footprint, change: Change, body?: string, contentRange?: string): string {
  const verdict = verdictOn(
    print,
    change,
    body === undefined ? undefined : windowOf(print, body, contentRange),
  );
  return verdict.affected ? "affected" : verdict.rule;
}
