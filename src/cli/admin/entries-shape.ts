import * as v from "valibot";
import { type EntryState, entryState, isRefused } from "../../keeper/entries/entry-state.ts";
import { CommandError } from "../command/command-error.ts";
import { byAgeInWords } from "../print/by-age.ts";
import type { Colour, Paint } from "../print/paint.ts";
import { bytesOf, countOf, durationOf } from "../print/quantities.ts";
import { type Column, printable, tableLines } from "../print/table.ts";

const entryShape = v.object({
  path: v.string(),
  relation: v.string(),
  bytes: v.nullable(v.number()),
  /** Null: the keeper knows no answer, as after its start. Earlier gateways leave it out. */
  status: v.optional(v.nullable(v.number())),
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

/** Entries, and what the gateway says of all of them. */
export interface ShownEntries {
  readonly entries: readonly ShownEntry[];
  /** For how many milliseconds more answers count by their age only, after a change of the schema. */
  readonly byAgeForMs: number;
}

/** Registered queries, one a line: how often each was read and asked for, its state, and its path. */
export function entryLines(
  { entries, byAgeForMs }: ShownEntries,
  paint: Paint,
  width?: number,
): readonly string[] {
  return tableLines(entries, columnsWith(byAgeForMs > 0), paint, width);
}

/** What is to be known of all of the entries: from when on their counts are, and why few may stand. */
export function notesOn({ byAgeForMs }: ShownEntries, paint: Paint): readonly string[] {
  return [
    paint("dim", "counted since the keeper started"),
    ...(byAgeForMs > 0 ? [paint("yellow", byAgeInWords(byAgeForMs))] : []),
  ];
}

/**
 * Whether the gateway has to be asked if answers count by their age only: what it lists does not tell, and calls each of
 * them invalidated.
 */
export function mayCountByAge(entries: readonly ShownEntry[]): boolean {
  return entries.some((entry) => isRefused(entry) && entry.watched);
}

/** The same, with some lines more below each. */
export function longLines(shown: ShownEntries, paint: Paint): readonly string[] {
  const { entries } = shown;
  const [titles = "", ...lines] = entryLines(shown, paint);
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

/** @param isByAge whether all answers count by their age only, for now */
function columnsWith(isByAge: boolean): readonly Column<ShownEntry>[] {
  return [
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
    { title: "state", text: (entry) => stateOf(entry, isByAge), colour: (entry) => colourOf(entry, isByAge) },
    { title: "query", text: ({ path }) => path },
  ];
}

const STATES: Readonly<Record<EntryState, readonly [words: string, colour: Colour]>> = {
  unknown: ["no answer known", "dim"],
  "by-age": ["by age", "dim"],
  "by-age-for-now": ["by age for now", "dim"],
  invalidated: ["invalidated", "yellow"],
  stands: ["fresh", "green"],
};

function stateOf(entry: ShownEntry, isByAge: boolean): string {
  const [words] = STATES[entryState(entry, isByAge)];
  return entry.inKv ? `${words}, in KV` : words;
}

function colourOf(entry: ShownEntry, isByAge: boolean): Colour {
  const [, colour] = STATES[entryState(entry, isByAge)];
  return colour;
}
