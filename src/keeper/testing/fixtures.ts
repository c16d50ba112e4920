import type { Footprint } from "../../postgrest/footprint/footprint.ts";
import type { Read } from "../../postgrest/query/read.ts";
import type { Change } from "../../postgrest/row/change.ts";
import type { Shape } from "../../postgrest/shape/shape.ts";
import type { OriginAnswer } from "../ports/ports.ts";
import type { CacheableRead, StoredResponse } from "../protocol/entry.ts";
import type { FillAnswer } from "../protocol/fill.ts";

/** Reads, changes and answers for tests: a read is known by its key, an answer by its text. */

export const CONFIG = "config-1";
export const ARTICLES = "public.articles";
export const AUTHORS = "public.authors";

/** A read of one relation, or of the first that depends on others too. */
export function readOf(key: string, ...relations: string[]): CacheableRead {
  const [relation = ARTICLES] = relations;
  return {
    key,
    path: `/rest/v1/${relation.slice(relation.indexOf(".") + 1)}?select=${key}`,
    headers: { accept: "application/json" },
    audience: "publishable",
    relation,
    asked: { schema: "public", relation, search: (relations.length === 0 ? [relation] : relations).join() },
  };
}

/** The footprints of these reads. */
export const FOOTPRINTS = {
  version: "whole",
  of: (asked: Read) => ({ footprint: wholeOf(relationsOf(asked)) }),
  needs: (asked: Read) => ({ paths: [], relations: relationsOf(asked) }),
  called: () => null,
  concerns: () => true,
  keyColumns: () => null,
};

export function relationsOf({ search }: Read): readonly string[] {
  return search.split(",");
}

/** Depends on every row of these relations. */
function wholeOf(relations: readonly string[]): Footprint {
  const shape: Shape = { parts: relations.map((relation) => ({ relations: [relation], where: [] })) };
  return { relations: relations.toSorted(), caveats: [], shape: JSON.stringify(shape), literals: [] };
}

/** A change of a row that any read of the relation may contain. */
export function changeOf(relation = ARTICLES): Change {
  const [record, old] = [
    { id: "1", title: '"new"' },
    { id: "1", title: '"old"' },
  ];
  return { kind: "row", operation: "UPDATE", relation, record, old };
}

export function flushOf(relation = ARTICLES): Change {
  return { kind: "flush", relation };
}

export function responseOf(text: string, status = 200): OriginAnswer {
  const body = bytesOf(text);
  const headers = { "content-type": "application/json" };
  const notStored = status === 200 ? null : "status-not-cacheable";
  return {
    kind: "response",
    response: { status, headers, etag: `"${text.slice(0, 20)}"`, body, notStored },
  };
}

function bytesOf(text: string): ArrayBuffer {
  return new TextEncoder().encode(text).buffer as ArrayBuffer;
}

export function textOf(body: ArrayBuffer): string {
  return new TextDecoder().decode(body);
}

/** The entry of an answer, with its text. @throws Error when the answer is no entry */
export function entryOf(answer: FillAnswer): {
  readonly entry: StoredResponse;
  readonly text: string;
  readonly source: string;
  readonly age: number | null;
  readonly accepted: boolean;
} {
  if (answer.kind !== "entry") throw new Error(`expected an entry, got ${JSON.stringify(answer)}`);
  const { entry, source, age, accepted } = answer;
  return { entry, text: textOf(entry.body), source, age, accepted };
}
