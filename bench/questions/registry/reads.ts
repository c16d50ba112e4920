import type { CacheableRead } from "../../../src/keeper/protocol/entry.ts";
import type { Declared, Footprint } from "../../../src/postgrest/footprint/footprint.ts";
import { footprintOf } from "../../../src/postgrest/footprint/footprint-of.ts";
import { parseQuery } from "../../../src/postgrest/query/parse.ts";
import type { RelationDescription, Schema } from "../../../src/postgrest/schema/schema.ts";
import { tableOf } from "../../../testing/relations.ts";

/** Reads of the kinds that take a keeper's memory, as one client could ask for them. */

const WIDE = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`some_column_${n}`, "text"]));
const PARTITIONS = Array.from({ length: 400 }, (_, n) => `public.measurements_of_day_${n}`);

/** A blog, a table of many columns, and one of many partitions. */
const SCHEMA: Schema = new Map<string, RelationDescription>([
  [
    "public.posts",
    tableOf({ id: "int8", user_id: "int8", title: "text", body: "text", data: "jsonb", score: "int4" }),
  ],
  [
    "public.comments",
    tableOf(
      { id: "int8", post_id: "int8", text: "text", data: "jsonb" },
      {
        foreignKeys: [{ name: "of", columns: ["post_id"], relation: "public.posts", referenced: ["id"] }],
      },
    ),
  ],
  ["public.notes", tableOf({ name: "text", title: "text" }, { keys: [["name"]] })],
  [
    "public.replies",
    tableOf(
      { id: "int8", note: "text" },
      { foreignKeys: [{ name: "of", columns: ["note"], relation: "public.notes", referenced: ["name"] }] },
    ),
  ],
  ["public.wide", tableOf({ id: "int8", ...WIDE })],
  [
    "public.measurements",
    tableOf({ id: "int8", value: "float8" }, { kind: "partitioned", descendants: PARTITIONS }),
  ],
]);
const VOUCHED: Declared = { tables: new Set(SCHEMA.keys()), dependsOn: new Map() };

export function readOf(
  relation: string,
  search: string,
  headers: Record<string, string> = {},
): CacheableRead {
  const path = `/rest/v1/${relation}?${search}`;
  const key = `${path} publishable accept:*/*${Object.values(headers).join("")}`;
  const read: CacheableRead = {
    ...{ key, path, headers: { accept: "*/*", ...headers }, audience: "publishable" },
    relation: `public.${relation}`,
    asked: { schema: "public", relation, search },
  };
  // As received by a remote call: no string is a slice of another.
  return structuredClone(read);
}

export function footprintOfRead({ asked }: CacheableRead): Footprint {
  const result = footprintOf(asked, parseQuery(asked.relation, asked.search), VOUCHED, SCHEMA);
  if ("bypass" in result) throw new Error(result.bypass);
  return result.footprint;
}

const numbers = (count: number, from: number) => Array.from({ length: count }, (_, n) => from + n);
const filler = (length: number) => "x".repeat(length);

const embeds = (count: number, from: number) =>
  numbers(count, from)
    .map((at) => `a${at}:comments(id)`)
    .join(",");
export const rows = (count: number, row: (at: number) => object) =>
  JSON.stringify(numbers(count, 0).map(row));

export interface ReadClass {
  readonly name: string;
  /** The `n`th read of it: no two are equal. */
  readonly read: (n: number) => CacheableRead;
  /** What it depends on, where the reader decides that, too. */
  readonly footprint?: (read: CacheableRead, n: number) => Footprint;
  /** What the origin answers: then the window counts, too. */
  readonly body?: (n: number) => string;
}

/** No two reads of a class are equal; those "of many shapes" have a shape each. */
export const CLASSES: readonly ReadClass[] = [
  { name: "one row by its id", read: (n) => readOf("posts", `select=id,title&id=eq.${n}`) },
  {
    name: "pages",
    read: (n) => readOf("posts", `select=*,comments(*)&user_id=eq.${n}&order=score.desc,id.asc&limit=20`),
  },
  { name: "380 aliased embeds", read: (n) => readOf("posts", `select=id,${embeds(380, n)}`) },
  { name: "20 aliased embeds", read: (n) => readOf("posts", `select=id,${embeds(20, n)}`) },
  {
    name: "5 embeds with filters, of many shapes",
    read: (n) =>
      readOf("posts", `select=id,${embeds(5, n)}&${each(5, n, "&", (at) => `a${at}.text=eq.t${at}`)}`),
  },
  {
    name: "long logic trees",
    read: (n) => readOf("posts", `or=(${each(500, n, ",", (at) => `id.eq.${at}`)})`),
  },
  {
    name: "logic trees, of many shapes",
    read: (n) => readOf("posts", `or=(${each(60, n, ",", (at) => `data->a${at}.eq.${at}`)})`),
  },
  {
    name: "nested logic, of many shapes",
    read: (n) =>
      readOf("posts", `and=(${"or(id.eq.1,and(".repeat(4)}id.eq.${n}${"))".repeat(4)})&data->k${n}=eq.1`),
  },
  { name: "lists of 100", read: (n) => readOf("posts", `id=in.(${numbers(100, n * 100)})`) },
  { name: "lists of 1,000", read: (n) => readOf("posts", `id=in.(${numbers(1_000, n * 1_000)})`) },
  {
    name: "several lists",
    read: (n) => readOf("posts", `id=in.(${numbers(90, n * 100)})&user_id=in.(${numbers(90, n)})`),
  },
  {
    name: "lists under embeds, of many shapes",
    read: (n) => readOf("posts", `select=id,${embeds(4, n)}&id=in.(${numbers(100, n * 100)})`),
  },
  {
    name: "JSON paths, of many shapes",
    read: (n) =>
      readOf(
        "posts",
        each(40, n, "&", (at) => `data->a${at}->b->${at}->>c=eq.1`),
      ),
  },
  { name: "long literals", read: (n) => readOf("posts", `title=eq.${n}${filler(7_000)}`) },
  {
    name: "long literals of two bytes",
    read: (n) => readOf("posts", `title=eq.${n}${"%E2%82%AC".repeat(700)}`),
  },
  {
    name: "many short literals",
    read: (n) =>
      readOf(
        "posts",
        each(600, n, "&", (at) => `score=neq.${at}`),
      ),
  },
  {
    name: "wide rows, of many shapes",
    read: (n) =>
      readOf(
        "wide",
        `select=*&${each(1 + (n % 6), n, "&", (at) => `some_column_${at % 60}=eq.1`)}&limit=${n}`,
      ),
  },
  { name: "partitions", read: (n) => readOf("measurements", `value=gt.${n}`) },
  {
    name: "partitions, of many shapes",
    read: (n) => readOf("measurements", `select=a${n}:value&value=gt.${n}`),
  },
  {
    name: "long keyed headers",
    read: (n) => readOf("posts", "select=id", { "x-tenant": `${n}${filler(2_000)}` }),
  },
  {
    name: "windows of many rows",
    read: (n) => readOf("posts", `select=id,score,comments(id)&order=score.desc,id.asc&offset=${n}`),
    body: (n) => rows(250, (at) => ({ id: n * 250 + at, score: at, comments: [] })),
  },
  {
    name: "windows of long ties",
    read: (n) => readOf("notes", `select=name,title,replies(id)&order=title.desc,name.asc&offset=${n}`),
    body: (n) => rows(250, (at) => ({ name: `${n}-${at}-${filler(180)}`, title: filler(190), replies: [] })),
  },
  {
    name: "windows of the same rows under many embeds",
    read: (n) => readOf("posts", `select=id,score,${embeds(10, n)}&order=score.desc,id.asc`),
    body: (n) =>
      rows(250, (id) => ({
        id,
        score: id,
        ...Object.fromEntries(numbers(10, n).map((at) => [`a${at}`, []])),
      })),
  },
];

function each(count: number, from: number, separator: string, text: (at: number) => string): string {
  return numbers(count, from).map(text).join(separator);
}
