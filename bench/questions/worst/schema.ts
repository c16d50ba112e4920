import type { Declared } from "../../../src/postgrest/footprint/footprint.ts";
import type { Reads, RelationDescription, Schema } from "../../../src/postgrest/schema/schema.ts";
import { tableOf } from "../../../testing/relations.ts";

/** Any column may be null, which leaves the most to judge. */
const table = (types: Readonly<Record<string, string>>, more: Partial<RelationDescription> = {}) =>
  tableOf(types, { ...more, nullable: true });

export const WIDTH = 300;

const wide = Object.fromEntries(Array.from({ length: WIDTH }, (_, at) => [`c${at}`, "text"]));

const parent = { name: "kids_fkey", columns: ["parent"], relation: "public.things", referenced: ["id"] };

/** A lookup in another table, and conditions on the row's own columns. */
const policies: Reads = {
  relations: new Map([
    ["public.guarded", []],
    ["public.members", []],
  ]),
  caveats: [],
  request: [],
  claims: [],
  calls: new Map(),
  policies: [
    {
      using:
        "((a = 'x'::text) OR (EXISTS ( SELECT 1 FROM public.members WHERE (members.id = guarded.parent))))",
      permissive: true,
    },
    { using: "((n > 5) OR (a <> 'y'::text))", permissive: true },
  ],
};

/** A column of each kind whose values can be long. */
export const schema: Schema = new Map([
  [
    "public.things",
    table({
      ...{ id: "int8", a: "text", b: "text", n: "numeric", j: "jsonb", at: "timestamptz", u: "uuid" },
      ...{
        texts: "_text",
        numbers: "_numeric",
        f: "float8",
        floats: "_float8",
        bytes: "bytea",
        parent: "int8",
      },
    }),
  ],
  ["public.kids", table({ id: "int8", parent: "int8", a: "text", n: "numeric" }, { foreignKeys: [parent] })],
  ["public.wide", table({ id: "int8", ...wide })],
  ["public.members", table({ id: "int8", a: "text" })],
  ["public.guarded", table({ id: "int8", a: "text", n: "numeric", parent: "int8" }, { reads: policies })],
]);

export const declared: Declared = {
  tables: new Set(schema.keys()),
  dependsOn: new Map(),
  obeysPolicies: true,
};
