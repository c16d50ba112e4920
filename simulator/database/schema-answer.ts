import type { Described } from "../../src/keeper/ports/ports.ts";
import type { Definition } from "./rows.ts";

/** What `tidemark_schema()` returns for the two tables. */
export function describe(definition: Definition, version: number | null): Described {
  const { extraColumn, policy } = definition;
  const reads = policy && {
    relations: { "public.items": ["owner"] },
    policies: [{ using: "(owner <> 1)", permissive: true }],
    caveats: [],
    request: [],
    calls: {},
  };
  const schema = {
    "public.items": table(["id", "owner", "v", ...(extraColumn ? ["extra"] : [])], [], reads || null),
    "public.notes": table(["id", "item", "v"], [ITEM_KEY], null),
  };
  return {
    version,
    schema: JSON.stringify(schema),
    watched: version === null ? null : ["public.items", "public.notes"],
    noticesDdl: version !== null,
    anonObeysPolicies: true,
    bounds: true,
    roles: {},
    settings: "",
  };
}

const ITEM_KEY = {
  name: "notes_item_fkey",
  columns: ["item"],
  relation: "public.items",
  referenced: ["id"],
};

function table(columns: readonly string[], foreignKeys: readonly object[], reads: object | null) {
  return {
    kind: "table",
    columns: Object.fromEntries(columns.map((name) => [name, column(name)])),
    keys: [["id"]],
    foreignKeys,
    descendants: [],
    ancestors: [],
    computed: {},
    reads,
  };
}

function column(name: string) {
  const isKey = name === "id";
  return {
    type: "int4",
    family: "base",
    notNull: isKey,
    plainCollation: true,
    exact: true,
    generated: "no",
  };
}
