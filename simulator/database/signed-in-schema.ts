import type { Described } from "../../src/keeper/ports/ports.ts";
import type { ROLES } from "./people.ts";
import type { Definition } from "./rows.ts";

type Role = (typeof ROLES)[number];

/** A policy's condition as Postgres prints it, and what it reads. */
interface Condition {
  readonly name: string;
  readonly using: string;
  /** "schema.table" → columns. */
  readonly relations: Readonly<Record<string, readonly string[]>>;
  /** The functions by which it reads claims, if it does. */
  readonly functions: Readonly<Record<string, string>>;
}

const AUTH_UID = `
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')
  )::uuid
`;

const AUTH_JWT = `
  select coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')
  )::jsonb
`;

const EVERYBODY: Condition = { name: "everybody", using: "true", relations: {}, functions: {} };

const OWN_MEMBERSHIPS: Condition = {
  name: "own",
  using: "(member = auth.uid())",
  relations: { "public.memberships": ["member"] },
  functions: { "auth.uid": AUTH_UID },
};

const BY_MEMBERSHIP: Condition = {
  name: "members",
  using:
    "(EXISTS ( SELECT 1 FROM public.memberships m WHERE ((m.team = docs.team) AND (m.member = auth.uid()))))",
  relations: { "public.docs": ["team"], "public.memberships": ["team", "member"] },
  functions: { "auth.uid": AUTH_UID },
};

const BY_CLAIM: Condition = {
  name: "team",
  using: "(team = (((auth.jwt() -> 'app_metadata'::text) ->> 'team'::text))::integer)",
  relations: { "public.docs": ["team"] },
  functions: { "auth.jwt": AUTH_JWT },
};

/** Restrictive, and by a function that cannot be looked into. */
const OPAQUE: Condition = {
  name: "opaque",
  using: "private.is_visible(posts.*)",
  relations: { "public.posts": [] },
  functions: {},
};

function owners(table: string): Condition {
  const functions = { "auth.uid": AUTH_UID };
  return { name: "own", using: "(owner = auth.uid())", relations: { [table]: ["owner"] }, functions };
}

/** What `tidemark_schema()` tells of the tables of those who sign in, for a role that reads; null: the project's key. */
export function signedInTables(definition: Definition, role: Role | null): Record<string, object> {
  const { ownPosts, docsByClaim, grants, opaque } = definition;
  const isEditor = role === "editor" || (role !== null && grants % 2 === 1);
  const bookmarks = [owners("public.bookmarks"), ...(isEditor ? [EVERYBODY] : [])];
  const of = (conditions: readonly Condition[]) => (role === null ? [] : conditions);
  return {
    "public.posts": table(
      "posts",
      OWNED,
      of([ownPosts ? owners("public.posts") : EVERYBODY, ...(opaque ? [OPAQUE] : [])]),
    ),
    "public.bookmarks": table("bookmarks", OWNED, of(bookmarks)),
    "public.docs": table(
      "docs",
      { id: "int4", team: "int4", v: "int4" },
      of([docsByClaim ? BY_CLAIM : BY_MEMBERSHIP]),
    ),
    "public.memberships": table(
      "memberships",
      { id: "int4", team: "int4", member: "uuid", v: "int4" },
      of([OWN_MEMBERSHIPS]),
    ),
  };
}

export function roleDescription(schema: object): Described["roles"][string] {
  return { schema: JSON.stringify(schema), obeysPolicies: true };
}

const OWNED = { id: "int4", owner: "uuid", v: "int4" };

function table(
  name: string,
  columns: Readonly<Record<string, string>>,
  conditions: readonly Condition[],
): object {
  return {
    kind: "table",
    columns: Object.fromEntries(
      Object.entries(columns).map(([column, type]) => [column, columnOf(column, type)]),
    ),
    keys: [["id"]],
    foreignKeys: [],
    descendants: [],
    ancestors: [],
    computed: {},
    reads: readsOf(name, conditions),
  };
}

function columnOf(name: string, type: string): object {
  const isKey = name === "id";
  return { type, family: "base", notNull: isKey, plainCollation: true, exact: true, generated: "no" };
}

function readsOf(name: string, conditions: readonly Condition[]): object {
  // As Postgres folds it: beside a permissive policy that is always true the other ones do not matter (S14).
  const isOpen = conditions.includes(EVERYBODY);
  const folded = isOpen ? conditions.filter((each) => each === EVERYBODY || each === OPAQUE) : conditions;
  const nested = folded.includes(BY_MEMBERSHIP) ? [...folded, OWN_MEMBERSHIPS] : folded;
  return {
    relations: columnsRead(nested),
    policies: conditions.map((condition) => ({
      using: condition.using,
      permissive: condition !== OPAQUE,
      bindsReader: true,
    })),
    caveats: [],
    request: [],
    calls: {},
    claims: nested
      .filter((condition) => condition === OPAQUE || Object.keys(condition.functions).length > 0)
      .map((condition) => ({
        culprit: `policy ${condition.name} on public.${condition === OWN_MEMBERSHIPS ? "memberships" : name}`,
        // Postgres prints the policy, but not what the function reads.
        text: condition === OPAQUE ? "" : condition.using,
        readers: 1,
        functions: condition.functions,
      })),
  };
}

/** The columns of each relation that any of them reads. */
function columnsRead(conditions: readonly Condition[]): Record<string, readonly string[]> {
  const read: Record<string, readonly string[]> = {};
  for (const { relations } of conditions)
    for (const [relation, columns] of Object.entries(relations))
      read[relation] = [...new Set([...(read[relation] ?? []), ...columns])];
  return read;
}
