import type { Random } from "../random.ts";
import { type ColumnType, columnType } from "../types.ts";
import { anyId, makeBlog } from "./blog.ts";
import { type Column, column, derived, type Table, type World } from "./world.ts";

/** A domain that PostgREST shows through a cast of its own, which looks into a table or does not. */
const shade = (json: string): ColumnType => ({
  ...{ name: "shade", sql: "shade", shownBy: "shade_json", operators: ["eq", "neq", "gt", "isdistinct"] },
  values: Array.from({ length: 12 }, (_, n) => String(n + 1)),
  representation: `
create domain shade as int4;
create function shade_json(shade) returns json language ${json};
create cast (shade as json) with function shade_json(shade);`,
});

const SHADES = [
  "sql immutable as $$ select to_json('shade ' || $1::int4) $$",
  "plpgsql stable as $$ begin return (select to_json(u.rank) from users u where u.id = $1::int4); end $$",
  "plpgsql immutable security definer as $$ begin return (select to_json(u.rank) from users u where u.id = $1::int4); end $$",
];

const text = columnType("txt");

/** What PostgREST offers as a column of a table, though it is a function over its rows. */
const COMPUTED: readonly { readonly name: string; readonly type: ColumnType; readonly sql: string }[] = [
  {
    name: "twice",
    type: columnType("i4"),
    sql: "returns int4 language sql immutable as $$ select $1.score * 2 $$",
  },
  {
    name: "loud",
    type: text,
    sql: "returns text language sql stable as $$ select upper('x' || $1.score::text) $$",
  },
  {
    ...{ name: "author_rank", type: columnType("i4") },
    sql: "returns int4 language sql stable as $$ select u.rank from users u where u.id = $1.user_id $$",
  },
  {
    ...{ name: "replies", type: columnType("i8") },
    sql: "returns int8 language plpgsql stable as $$ begin return (select count(*) from comments c where c.post_id = $1.id); end $$",
  },
  {
    ...{ name: "weighty", type: columnType("b") },
    sql: "returns bool language sql immutable security definer set search_path = public as $$ select exists (select from post_tags t where t.post_id = $1.id and t.weight > 4) $$",
  },
];

/** What PostgREST offers as a relationship of a table, though it is a function over its rows; `where` is what it asks. */
const RELATIONSHIPS = [
  { name: "late_comments", target: "comments", many: true, where: "$t.post_id = $p.id and $t.id > 3" },
  {
    ...{ name: "hot_tags", target: "tags", many: true },
    where: "exists (select from post_tags j where j.post_id = $p.id and j.tag_id = $t.id and j.weight > 5)",
  },
  { name: "writer", target: "users", many: false, where: "$t.id = $p.user_id and $t.rank > 2" },
] as const;

function relationshipSql(
  { name, target, many, where }: (typeof RELATIONSHIPS)[number],
  label: string,
): string {
  const asked = where.replaceAll("$t", "t").replaceAll("$p.", "$1.");
  return `create function ${name}(posts) returns setof ${target} ${many ? "" : "rows 1"} language sql ${label} as $$ select t.* from ${target} t where ${asked} $$;`;
}

/** Views on views, computed columns and relationships, domains that are shown by a cast, and a materialized view. */
export function layersWorld(random: Random): World {
  const shades = shade(random.pick(SHADES));
  const blog = makeBlog(random, { views: true, ofUsers: random.chance(50) ? [column("shade", shades)] : [] });
  const computed = random.some(COMPUTED, 2);
  const label = random.pick(["stable", "stable", "immutable", "volatile"]);
  const invoker = () => (random.chance(50) ? " with (security_invoker = on)" : "");
  const sql = [
    shades.representation ?? "",
    blog.sql,
    ...computed.map(({ name, sql: body }) => `create function ${name}(posts) ${body};`),
    ...RELATIONSHIPS.map((each) => relationshipSql(each, label)),
    `create view shelf${invoker()} as select l.id, l.user_id, l.score, a.written from latest l join authors a on a.id = l.user_id;`,
    `create view top${invoker()} as select id, score from shelf where written > 0 union all select id, -score from posts where score > 8;`,
    `create view ranks${invoker()} as with w as (select rank, count(*) as n from authors group by rank) select rank as id, n as score, (select max(score) from top) as best from w;`,
    "create materialized view frozen as select id, score from posts;",
    `create view thawed${invoker()} as select f.id, f.score from frozen f join posts p using (id);`,
    "create function rated(shelf) returns int8 language sql stable as $$ select count(*) from comments c where c.post_id = $1.id $$;",
  ];
  const small = [derived("id"), derived("score")];
  const view = (name: string, columns: readonly Column[], key: readonly string[] = []): Table => ({
    ...{ name, key, writable: false, columns },
  });
  const rated: Column = { ...derived("rated", columnType("i8")), computed: true };
  return {
    ...blog,
    sql: sql.join("\n"),
    tables: [
      ...blog.tables.map((table) => (table.name === "posts" ? withComputed(table, computed) : table)),
      view("shelf", [...small, derived("user_id"), derived("written"), rated], ["id"]),
      view("top", small),
      view("ranks", [...small, derived("best")]),
      view("frozen", small, ["id"]),
      view("thawed", small, ["id"]),
    ],
    joins: [
      ...blog.joins,
      ...RELATIONSHIPS.map(({ where, ...each }) => ({ ...each, parent: "posts", on: where })),
    ],
    hasSilent: true,
    focus: ["posts", "users", "shelf", "top", "ranks"],
    special: {
      percent: 8,
      make: (chance) =>
        chance.pick([
          "refresh materialized view frozen",
          `update users set rank = ${anyId(chance)} where id = ${anyId(chance)}`,
        ]),
    },
  };
}

function withComputed(table: Table, computed: typeof COMPUTED): Table {
  const further = computed.map(({ name, type }): Column => ({ ...derived(name, type), computed: true }));
  return { ...table, columns: [...table.columns, ...further] };
}
