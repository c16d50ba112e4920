import type { Described } from "../../src/keeper/ports/ports.ts";
import { ROLES } from "./people.ts";
import type { Definition } from "./rows.ts";
import { SIGNED_IN_TABLES } from "./signed-in-queries.ts";
import { roleDescription, signedInTables } from "./signed-in-schema.ts";

/** By definition, which never changes: the first one is every world's. */
const texts = new WeakMap<Definition, Map<string, string>>();

/** What `tidemark_schema()` returns, as JSON text. */
export function description(definition: Definition, version: number | null, signedIn: boolean): string {
  const ofDefinition = texts.get(definition) ?? new Map<string, string>();
  texts.set(definition, ofDefinition);
  const name = `${version} ${signedIn}`;
  const text = ofDefinition.get(name) ?? JSON.stringify(describe(definition, version, signedIn));
  ofDefinition.set(name, text);
  return text;
}

function describe(definition: Definition, version: number | null, signedIn: boolean): Described {
  const { extraColumn, policy } = definition;
  const reads = policy && {
    relations: { "public.items": ["owner"] },
    policies: [{ using: "(owner <> 1)", permissive: true }],
    caveats: [],
    request: [],
    claims: [],
    calls: {},
  };
  const tables = {
    "public.items": table(["id", "owner", "v", ...(extraColumn ? ["extra"] : [])], [], reads || null),
    "public.notes": table(["id", "item", "v"], [ITEM_KEY], null),
  };
  const watched = ["items", "notes", ...(signedIn ? SIGNED_IN_TABLES : [])].map((name) => `public.${name}`);
  const seenBy = (role: (typeof ROLES)[number] | null) => ({
    ...tables,
    ...signedInTables(definition, role),
  });
  return {
    version,
    schema: JSON.stringify(signedIn ? seenBy(null) : tables),
    watched: version === null ? null : watched,
    noticesDdl: version !== null,
    anonObeysPolicies: true,
    bounds: true,
    roles: signedIn ? Object.fromEntries(ROLES.map((role) => [role, roleDescription(seenBy(role))])) : {},
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
