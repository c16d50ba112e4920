import type { CacheableRead } from "../../../src/keeper/protocol/entry.ts";
import { pathText } from "../../../src/postgrest/claims/claims.ts";
import type { Footprint } from "../../../src/postgrest/footprint/footprint.ts";
import { footprintOf } from "../../../src/postgrest/footprint/footprint-of.ts";
import { parseQuery } from "../../../src/postgrest/query/parse.ts";
import type { Reads, RelationDescription, Schema } from "../../../src/postgrest/schema/schema.ts";
import { tableOf } from "../../../testing/relations.ts";
import { type ReadClass, readOf, rows } from "./reads.ts";

/** As Supabase defines `auth.uid()`. */
const UID = `select coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
  (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'))::uuid`;

/** One policy for reading, as Postgres prints it. */
function readBy(using: string, relations: Readonly<Record<string, readonly string[]>>): Reads {
  const claims = [{ culprit: "policy", text: using, readers: 1, functions: new Map([["auth.uid", UID]]) }];
  return {
    ...{ relations: new Map(Object.entries(relations)), calls: new Map(), caveats: [], request: [], claims },
    policies: [{ using, permissive: true, bindsReader: true }],
  };
}

const OWN = "(( SELECT auth.uid() AS uid) = user_id)";
const MY_TEAMS = `(team_id IN ( SELECT memberships.team_id
   FROM public.memberships
  WHERE (memberships.user_id = ( SELECT auth.uid() AS uid))))`;

const SCHEMA: Schema = new Map<string, RelationDescription>([
  [
    "public.bookmarks",
    tableOf(
      { id: "int8", user_id: "uuid", note: "text" },
      { reads: readBy(OWN, { "public.bookmarks": ["user_id"] }) },
    ),
  ],
  [
    "public.memberships",
    tableOf(
      { id: "int8", team_id: "int8", user_id: "uuid" },
      { reads: readBy(OWN, { "public.memberships": ["user_id"] }) },
    ),
  ],
  [
    "public.notes",
    tableOf(
      { id: "int8", team_id: "int8", title: "text" },
      {
        reads: readBy(MY_TEAMS, {
          "public.notes": ["team_id"],
          "public.memberships": ["team_id", "user_id"],
        }),
      },
    ),
  ],
]);

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

/** Every read is another user's, whose audience ends its key. */
function ownRead(relation: string, search: string, n: number): CacheableRead {
  const read = readOf(relation, search);
  const audience = `authenticated#${String(n).padStart(43, "x")}`;
  return structuredClone({ ...read, key: `${read.key} ${audience}`, audience: "signed-in" as const });
}

/** The footprint of the `n`th user's read: policies as they are for this user. */
function ownFootprint({ asked }: CacheableRead, n: number): Footprint {
  const claims = new Map([[pathText(["sub"]), JSON.stringify(uuid(n))]]);
  const declared = { tables: new Set(SCHEMA.keys()), dependsOn: new Map(), obeysPolicies: true };
  const query = parseQuery(asked.relation, asked.search);
  const result = footprintOf(asked, query, declared, SCHEMA, { role: "authenticated", claims });
  if ("bypass" in result) throw new Error(result.bypass);
  return result.footprint;
}

/** Kinds of reads of those who sign in, whose keys are in memory only. */
export const PERSONAL_CLASSES: readonly ReadClass[] = [
  {
    name: "rows of one's own",
    read: (n) => ownRead("bookmarks", "select=id,note&order=id.desc&limit=20", n),
    footprint: ownFootprint,
  },
  {
    name: "rows of one's teams",
    read: (n) => ownRead("notes", `select=id,title&team_id=eq.${n % 50}&order=id.desc&limit=20`, n),
    footprint: ownFootprint,
    body: (n) => rows(20, (at) => ({ id: n * 20 + at, title: `note ${at}` })),
  },
];
