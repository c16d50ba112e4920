import { beforeAll, expect, test } from "vitest";
import { AUTH_SQL } from "../../../../testing/auth-sql.ts";
import { openPglite } from "../../../../testing/pglite.ts";
import type { ReaderClaims } from "../../claims/claims.ts";
import { FootprintIndex } from "../../index/footprint-index.ts";
import { parseQuery } from "../../query/parse.ts";
import type { Schema } from "../../schema/schema.ts";
import { describedBy } from "../../testing/described.ts";
import { added, TEAMS_SQL } from "../../testing/teams.ts";
import type { Declared, Footprint } from "../footprint.ts";
import { footprintOf } from "../footprint-of.ts";

let schema: Schema;

beforeAll(async () => {
  const database = await openPglite();
  await database.exec(`${AUTH_SQL}${TEAMS_SQL}
    create policy own on docs for select using (user_id = (select auth.uid()));
    create policy service on docs for select using (auth.role() = 'service_role');
    alter table teams enable row level security;
    create policy member on teams for select using (
      exists (select from memberships m where m.team_id = teams.id and m.user_id = auth.uid()));
    alter table profiles enable row level security;
    create policy admin on profiles for select using (has_role(auth.uid(), 'admin'));`);
  schema = await describedBy(database, { reader: "authenticated" });
  await database.close();
});

const user = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

function readerOf(number: number): ReaderClaims {
  const claims = new Map([
    ['["role"]', '"authenticated"'],
    ['["sub"]', `"${user(number)}"`],
  ]);
  return { role: "authenticated", claims };
}

function footprint(relation: string, number: number): Footprint {
  const declared: Declared = { tables: new Set(schema.keys()), dependsOn: new Map(), obeysPolicies: true };
  const read = { schema: "public", relation, search: "select=id" };
  const result = footprintOf(read, parseQuery(relation, read.search), declared, schema, readerOf(number));
  if (!("footprint" in result)) throw new Error(result.bypass);
  return result.footprint;
}

test.each([
  ["docs", added("docs", { user_id: user(7) })],
  ["teams", added("memberships", { user_id: user(7) })],
  ["profiles", added("user_roles", { user_id: user(7) })],
])(
  "readers of %s share a shape, and the index finds whom a row is about by its value",
  (relation, change) => {
    const index = new FootprintIndex();
    const shapes = new Set<string>();
    for (let number = 0; number < 300; number += 1) {
      const each = footprint(relation, number);
      shapes.add(each.shape);
      index.add(number, each);
    }
    expect(shapes.size).toBe(1);
    expect([...index.affected(change)]).toEqual([7]);
  },
);
