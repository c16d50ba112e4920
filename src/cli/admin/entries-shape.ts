import * as v from "valibot";
import { CommandError } from "../command/command-error.ts";
import type { Colour, Paint } from "../print/paint.ts";
import { bytesOf, countOf, durationOf } from "../print/quantities.ts";
import { type Column, printable, tableLines } from "../print/table.ts";

const entryShape = v.object({
  path: v.string(),
  relation: v.string(),
  bytes: v.nullable(v.number()),
  reads: v.number(),
  fills: v.number(),
  filledAgo: v.nullable(v.number()),
  invalidated: v.boolean(),
  inKv: v.boolean(),
  watched: v.boolean(),
  footprint: v.optional(v.string()),
  shared: v.optional(v.string()),
  invalidations: v.optional(v.number()),
  lastInvalidation: v.optional(
    v.nullable(v.object({ at: v.string(), rule: v.string(), relation: v.nullable(v.string()) })),
  ),
});

/** What the commands show of `GET /_tidemark/entries`. */
export const entriesShape = v.object({
  entries: v.array(entryShape),
  cursor: v.nullable(v.string()),
  total: v.number(),
});

type ShownEntry = v.InferOutput<typeof entryShape>;

/** Registered queries, one a line: how often each was read and asked for, its state, and its path. */
export function entryLines(entries: readonly ShownEntry[], paint: Paint, width?: number): readonly string[] {
  return tableLines(entries, COLUMNS, paint, width);
}

/** The same, with some lines more below each. */
export function longLines(entries: readonly ShownEntry[], paint: Paint): readonly string[] {
  const [titles = "", ...lines] = entryLines(entries, paint);
  return [titles, ...entries.flatMap((entry, at) => [lines[at] ?? "", ...detailsOf(entry)])];
}

function detailsOf({ footprint, shared, lastInvalidation: last }: ShownEntry): readonly string[] {
  const line = (name: string, text: string | null | undefined) =>
    text ? [`    ${name.padEnd(11)}  ${printable(text)}`] : [];
  const by = last && `${last.at}, by ${last.rule}${last.relation === null ? "" : ` of ${last.relation}`}`;
  return [...line("depends on", footprint), ...line("shared by", shared), ...line("invalidated", by)];
}

/** A number of entries that the gateway gives out at once. @throws CommandError */
export function limitOf(text: string, most: number): number {
  if (/^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text);
  throw new CommandError(`--limit must be from 1 to ${most}`, "For example: --limit 20", { exitCode: 2 });
}

const COLUMNS: readonly Column<ShownEntry>[] = [
  { title: "reads", text: ({ reads }) => countOf(reads), align: "right" },
  { title: "fills", text: ({ fills }) => countOf(fills), align: "right" },
  {
    title: "invalidated",
    text: ({ invalidations }) => (invalidations === undefined ? "?" : countOf(invalidations)),
    align: "right",
  },
  { title: "size", text: ({ bytes }) => (bytes === null ? "-" : bytesOf(bytes)), align: "right" },
  {
    title: "filled",
    text: ({ filledAgo }) => (filledAgo === null ? "-" : `${durationOf(filledAgo)} ago`),
    align: "right",
  },
  { title: "state", text: stateOf, colour: colourOf },
  { title: "query", text: ({ path }) => path },
];

/** `fresh`: no change has touched it since. `by age`: changes do not invalidate it. */
function stateOf({ invalidated, watched, inKv }: ShownEntry): string {
  const state = invalidated ? "invalidated" : watched ? "fresh" : "by age";
  return inKv ? `${state}, in KV` : state;
}

function colourOf({ invalidated, watched }: ShownEntry): Colour {
  if (invalidated) return "yellow";
  return watched ? "green" : "dim";
}
