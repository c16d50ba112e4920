import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openServer } from "../../testing/soundness/database.ts";
import { type Attack, type SqlRead, twoReaders } from "./rig.ts";
import { A, B, OWN, policy, SECRETS } from "./sql.ts";

let database: Database;
beforeAll(async () => {
  database = await openServer();
});
afterAll(() => database?.close());

const OWN_SECRETS = `${SECRETS} create policy own on public.secrets using (${OWN});`;
/** What binds the staff is described to nobody else, unless a view reads in their name. */
const OF_STAFF = `
create view public.of_staff as select id from public.secrets;
alter view public.of_staff owner to staff;`;
const PUBLISHED: SqlRead = {
  relation: "secrets",
  search: "published=eq.true&order=id",
  sql: "select * from public.secrets where published order by id",
};

test.each<[string, Attack]>([
  [
    "a restrictive policy beside what everybody may see",
    {
      setup: `${SECRETS} ${policy("true")}
        create policy own on public.secrets as restrictive using (${OWN});`,
    },
  ],
  [
    "a restrictive policy beside the same, permissive",
    {
      setup: `${OWN_SECRETS} ${policy("published")}
        create policy narrow on public.secrets as restrictive using (${OWN});`,
      read: PUBLISHED,
    },
  ],
  [
    "what everybody of another role may see",
    {
      setup: `${OWN_SECRETS} ${OF_STAFF} create policy all_ on public.secrets to staff using (true);`,
      tables: ["secrets", "of_staff"],
    },
  ],
  [
    "what is published for another role",
    {
      setup: `${OWN_SECRETS} ${OF_STAFF}
        create policy published on public.secrets to staff using (published);`,
      tables: ["secrets", "of_staff"],
      read: PUBLISHED,
    },
  ],
  ["a flag other than the policy's", { setup: `${OWN_SECRETS} ${policy("featured")}`, read: PUBLISHED }],
  [
    "a flag that is true, other than the policy's",
    {
      setup: `${OWN_SECRETS} ${policy("featured is true")}`,
      read: {
        relation: "secrets",
        search: "published=is.true&order=id",
        sql: "select * from public.secrets where published is true order by id",
      },
    },
  ],
  [
    "what is published, with what belongs to it",
    {
      setup: `create table public.secrets (
          id int primary key, owner uuid, published boolean, parent int references public.secrets);
        insert into public.secrets values (1, '${A}', true, null), (2, '${B}', false, 1);
        alter table public.secrets enable row level security;
        create policy own on public.secrets using (${OWN}); ${policy("published")}`,
      read: {
        relation: "secrets",
        search: "select=id,secrets(id)&published=eq.true&order=id",
        sql: `select id, (select json_agg(x.id) from public.secrets x where x.parent = s.id)
          from public.secrets s where published order by id`,
      },
    },
  ],
])("S14. %s gives nobody another's answer", async (_, attack) => {
  const { ann, bob, isShared } = await twoReaders(database, attack);
  expect(ann).not.toBe(bob);
  expect(isShared).toBe(false);
});

test("S14. what is published is shared", async () => {
  const setup = `${OWN_SECRETS} ${policy("published")} insert into public.secrets values (3, '${A}', false, true);`;
  const { ann, bob, isShared } = await twoReaders(database, { setup, read: PUBLISHED });
  expect(ann).toBe(bob);
  expect(JSON.parse(ann)).toMatchObject([{ id: 1 }, { id: 2 }]);
  expect(isShared).toBe(true);
});
