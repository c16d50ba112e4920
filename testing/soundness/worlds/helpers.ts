import type { Random } from "../random.ts";
import { anyId, makeBlog } from "./blog.ts";
import { column, derived, type Table, type World } from "./world.ts";

/** What a helper computes of one int4, `$1`: of its argument, or of rows of one table or several. */
const ANSWERS = [
  "$1 > 4",
  "($1 + 1) % 3 = 0",
  "exists (select from public.users u where u.id = $1 and u.rank > 3)",
  "not exists (select from public.post_tags t where t.weight = $1)",
  "(select count(*) from public.comments c where c.post_id = $1) < 2",
  "exists (select from public.unseen n where n.id = $1 and n.open)",
  "(select max(u.rank) from public.users u join public.post_tags t on t.weight = u.id) > $1",
];

/**
 * A blog whose policies and views call functions: SQL and PL/pgSQL, with the rights of who calls or of who made them,
 * labelled rightly or not. Some read `unseen`, which nobody watches.
 */
export function helpersWorld(random: Random): World {
  const blog = makeBlog(random, {});
  const helpers = ["helps", "assists", "aids"].map((name) => makeHelper(random, name));
  const call = (argument: string) => {
    const name = random.pick(["helps", "assists", "aids", "indirect"]);
    return random.pick([
      `private.${name}(${argument})`,
      `(select private.${name}(${argument}))`,
      `(private.${name}(${argument}) or id = 3)`,
      `${argument} ### 1`,
      `exists (select from private.listed(${argument}) l where l > 1)`,
      `exists (select from users u where private.${name}(u.id) and u.id = ${argument})`,
    ]);
  };
  const invoker = () => (random.chance(50) ? " with (security_invoker = on)" : "");
  const policies = random.chance(50)
    ? [
        "alter table posts enable row level security; alter table tags enable row level security;",
        `create policy helped on posts for select using (${call("user_id")});`,
        `create policy helped on tags for select using (${call("id")} or id = 2);`,
      ]
    : [];
  const sql = [
    blog.sql,
    "create table unseen (id int4 primary key, open bool, weight int4);",
    "insert into unseen select n, n % 2 = 0, n from generate_series(1, 12) n;",
    "create schema private; grant usage on schema private to anon;",
    ...helpers,
    `create function private.indirect(int4) returns bool ${manner(random, "select private.helps($1 + 1) or private.assists($1)")};`,
    "create function private.both(int4, int4) returns bool language sql stable as $$ select private.aids($1) and $2 > 0 $$;",
    "create operator public.### (leftarg = int4, rightarg = int4, function = private.both);",
    "create function private.listed(int4) returns setof int4 language sql stable rows 3 as $$ select weight from public.post_tags where post_id = $1 $$;",
    ...policies,
    `create view helped${invoker()} as select id, user_id, score from posts where ${call("user_id")};`,
    `create view labelled${invoker()} as select id, ${call("rank")} as label, rank from users;`,
    `create view strange${invoker()} as select u.id, n.weight as rank from users u join unseen n using (id);`,
  ];
  const view = (name: string, columns: Table["columns"]): Table => ({
    name,
    key: ["id"],
    writable: false,
    columns,
  });
  const unseen: Table = {
    ...{ name: "unseen", key: ["id"], writable: false, isUnseen: true },
    columns: [column("id"), column("weight")],
  };
  return {
    ...blog,
    sql: sql.join("\n"),
    tables: [
      ...blog.tables,
      unseen,
      view("helped", [derived("id"), derived("user_id"), derived("score")]),
      view("labelled", [derived("id"), derived("rank")]),
      view("strange", [derived("id"), derived("rank")]),
    ],
    hasHidden: true,
    hasSilent: true,
    focus: ["posts", "tags", "helped", "labelled"],
    special: {
      percent: 50,
      make: (chance) =>
        chance.pick([
          `insert into unseen values (${anyId(chance)}, ${chance.chance(50)}, ${anyId(chance)}) on conflict (id) do update set open = not unseen.open`,
          `update users set rank = ${anyId(chance)} where id = ${anyId(chance)}`,
          `update post_tags set weight = ${anyId(chance)} where post_id = ${anyId(chance)}`,
          `insert into comments (id, post_id) values (${anyId(chance)}, ${anyId(chance)})`,
        ]),
    },
  };
}

function makeHelper(random: Random, name: string): string {
  return `create function private.${name}(int4) returns bool ${manner(random, `select ${random.pick(ANSWERS)}`)};`;
}

/** A function's language, body, rights and label, which may be a lie. */
function manner(random: Random, select: string): string {
  const label = random.pick(["immutable", "immutable", "stable", "stable", "volatile", ""]);
  const rights = random.pick(["security definer set search_path = ''", "security definer", "", ""]);
  const body = random.pick([
    `language sql ${label} ${rights} as $$ ${select} $$`,
    `language sql ${label} ${rights} begin atomic ${select}; end`,
    `language plpgsql ${label} ${rights} as $$ begin return (${select}); end $$`,
    `language plpgsql ${label} ${rights} as $$ declare r bool; begin execute '${select}' into r using $1; return r; end $$`,
  ]);
  return body;
}
