import type { Random } from "./random.ts";
import { type ColumnType, TYPES } from "./types.ts";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly writable: boolean;
}

export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Columns that identify a row. */
  readonly key: readonly string[];
  readonly writable: boolean;
}

/** How an embedded relation joins, written down here by hand: what is tested must not be its own judge. */
interface Join {
  readonly parent: string;
  /** How a query names it: the target, or a column or a constraint, with a hint perhaps. */
  readonly name: string;
  readonly hint?: string;
  readonly target: string;
  readonly many: boolean;
  /** SQL with $p for the parent's alias and $t for the target's. */
  readonly on: string;
}

export interface World {
  readonly sql: string;
  readonly tables: readonly Table[];
  readonly joins: readonly Join[];
}

export type WorldKind = "plain" | "policies" | "partitions" | "views" | "keys";
export const WORLD_KINDS: readonly WorldKind[] = ["plain", "policies", "partitions", "views", "keys"];

const type = (name: string): ColumnType => {
  const found = TYPES.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no type ${name}`);
  return found;
};

/** Small ids, so that rows meet. */
const ID: ColumnType = {
  ...type("i4"),
  values: Array.from({ length: 12 }, (_, n) => String(n + 1)),
  literals: [],
};

/** A random blog: users, posts, comments and tags, each with random typed columns. */
export function makeWorld(random: Random, kind: WorldKind): World {
  return kind === "keys" ? makeKeysWorld(random) : makeBlog(random, kind);
}

/** Keys of several columns, of text and of uuid; a tree; two foreign keys between the same tables; heirs. */
function makeKeysWorld(random: Random): World {
  const extras = (count: number): Column[] =>
    random.some(TYPES, count).map((each) => ({ name: each.name, type: each, writable: true }));
  const column = (name: string, columnType: ColumnType): Column => ({
    name,
    type: columnType,
    writable: true,
  });
  const text: ColumnType = { ...type("txt"), values: ["a", "A", "b", "é", "a,b", ""], literals: [] };
  const uuid = type("u");
  const areas: Table = {
    name: "areas",
    key: ["zone", "code"],
    writable: true,
    columns: [column("zone", ID), column("code", text), ...extras(4)],
  };
  const nodes: Table = {
    name: "nodes",
    key: ["id"],
    writable: true,
    columns: [
      column("id", uuid),
      column("parent_id", uuid),
      column("zone", ID),
      column("code", text),
      ...extras(4),
    ],
  };
  const edges: Table = {
    name: "edges",
    key: ["id"],
    writable: true,
    columns: [column("id", ID), column("source", uuid), column("sink", uuid), ...extras(3)],
  };
  const bases: Table = {
    name: "bases",
    key: [],
    writable: true,
    columns: [column("id", ID), column("zone", ID), column("code", text), ...extras(3)],
  };
  const heirs: Table = { ...bases, name: "heirs" };
  const area = "foreign key (zone, code) references areas on delete set null on update cascade";
  const sql = [
    "create type mood as enum ('sad', 'ok', 'happy'); create domain email as text;",
    create(areas, "primary key (zone, code)"),
    create(
      nodes,
      `primary key (id), foreign key (parent_id) references nodes on delete set null on update cascade, ${area}`,
    ),
    create(
      edges,
      "primary key (id), constraint edges_source_fkey foreign key (source) references nodes on delete cascade on update cascade, constraint edges_sink_fkey foreign key (sink) references nodes on delete cascade on update cascade",
    ),
    create(bases, `primary key (id), ${area}`),
    "create table heirs () inherits (bases);",
    CAPTURE,
    ...[areas, nodes, edges, bases, heirs].map(({ name }) => captureOf(name)),
    READER,
  ];
  const zone = "$t.zone = $p.zone and $t.code = $p.code";
  return {
    sql: sql.join("\n"),
    tables: [areas, nodes, edges, bases, heirs],
    joins: [
      { parent: "nodes", name: "areas", target: "areas", many: false, on: zone },
      { parent: "areas", name: "nodes", target: "nodes", many: true, on: zone },
      { parent: "areas", name: "bases", target: "bases", many: true, on: zone },
      { parent: "bases", name: "areas", target: "areas", many: false, on: zone },
      { parent: "nodes", name: "nodes", target: "nodes", many: true, on: "$t.parent_id = $p.id" },
      { parent: "nodes", name: "parent_id", target: "nodes", many: false, on: "$t.id = $p.parent_id" },
      { parent: "edges", name: "source", target: "nodes", many: false, on: "$t.id = $p.source" },
      {
        parent: "edges",
        name: "nodes",
        hint: "edges_sink_fkey",
        target: "nodes",
        many: false,
        on: "$t.id = $p.sink",
      },
      {
        parent: "nodes",
        name: "edges",
        hint: "source",
        target: "edges",
        many: true,
        on: "$t.source = $p.id",
      },
    ],
  };
}

function makeBlog(random: Random, kind: WorldKind): World {
  const extras = (count: number): Column[] =>
    random.some(TYPES, count).map((each) => ({ name: each.name, type: each, writable: true }));
  const id: Column = { name: "id", type: ID, writable: true };
  const to = (name: string): Column => ({ name, type: ID, writable: true });
  const generated: Column[] = [
    { name: "stored", type: type("i4"), writable: false },
    { name: "virtual", type: type("i4"), writable: false },
  ];
  const users: Table = {
    name: "users",
    key: ["id"],
    writable: true,
    columns: [id, ...extras(6), to("rank"), ...generated],
  };
  const posts: Table = {
    name: "posts",
    key: ["id"],
    writable: true,
    columns: [id, to("user_id"), ...extras(7), to("score")],
  };
  const comments: Table = {
    name: "comments",
    key: ["id"],
    writable: true,
    columns: [id, to("post_id"), ...extras(5)],
  };
  const tags: Table = { name: "tags", key: ["id"], writable: true, columns: [id, ...extras(3)] };
  const postTags: Table = {
    name: "post_tags",
    key: ["post_id", "tag_id"],
    writable: true,
    columns: [to("post_id"), to("tag_id"), to("weight")],
  };
  const tables = [users, posts, comments, tags, postTags];
  const sql = [
    "create type mood as enum ('sad', 'ok', 'happy'); create domain email as text;",
    create(
      users,
      "primary key (id)",
      ", stored int4 generated always as (rank * 2) stored, virtual int4 generated always as (rank + 1) virtual",
    ),
    create(
      posts,
      "primary key (id), foreign key (user_id) references users on delete set null on update cascade",
    ),
    create(
      comments,
      "primary key (id), foreign key (post_id) references posts on delete cascade on update cascade",
      "",
      kind === "partitions" ? "partition by range (id)" : "",
    ),
    create(tags, "primary key (id)"),
    create(
      postTags,
      "primary key (post_id, tag_id), foreign key (post_id) references posts on delete cascade on update cascade, foreign key (tag_id) references tags on delete cascade on update cascade",
    ),
  ];
  const joins: Join[] = [
    { parent: "posts", name: "users", target: "users", many: false, on: "$t.id = $p.user_id" },
    { parent: "users", name: "posts", target: "posts", many: true, on: "$t.user_id = $p.id" },
    { parent: "comments", name: "posts", target: "posts", many: false, on: "$t.id = $p.post_id" },
    { parent: "posts", name: "comments", target: "comments", many: true, on: "$t.post_id = $p.id" },
    {
      parent: "posts",
      name: "tags",
      target: "tags",
      many: true,
      on: "exists (select from post_tags j where j.post_id = $p.id and j.tag_id = $t.id)",
    },
    {
      parent: "tags",
      name: "posts",
      target: "posts",
      many: true,
      on: "exists (select from post_tags j where j.tag_id = $p.id and j.post_id = $t.id)",
    },
    { parent: "posts", name: "post_tags", target: "post_tags", many: true, on: "$t.post_id = $p.id" },
    { parent: "post_tags", name: "tags", target: "tags", many: false, on: "$t.id = $p.tag_id" },
  ];
  if (kind === "partitions") {
    sql.push("create table comments_low partition of comments for values from (minvalue) to (5);");
    sql.push("create table comments_high partition of comments for values from (5) to (maxvalue);");
    tables.push({ ...comments, name: "comments_low", writable: false });
  }
  if (kind === "policies") {
    sql.push(
      "alter table posts enable row level security; alter table users enable row level security; alter table tags enable row level security;",
      ...policies(random),
    );
  }
  if (kind === "views") {
    sql.push(
      "create view authors as select u.id, u.rank, count(p.id) as written from users u left join posts p on p.user_id = u.id and p.score > 2 group by u.id;",
      "create view latest as select p.*, u.rank from posts p join users u on u.id = p.user_id;",
    );
    tables.push({ name: "authors", key: ["id"], writable: false, columns: [id, to("rank"), to("written")] });
    tables.push({ ...posts, name: "latest", writable: false, columns: [...posts.columns, to("rank")] });
  }
  sql.push(CAPTURE, ...[users, posts, comments, tags, postTags].map(({ name }) => captureOf(name)), READER);
  return { sql: sql.join("\n"), tables, joins };
}

/** None reads a relation whose own policies read it back: Postgres refuses that. */
const POLICIES: Readonly<Record<string, readonly string[]>> = {
  posts: [
    "score < 4 or exists (select from users u where u.id = posts.user_id and u.rank > 2)",
    "score < 4 or exists (select from users u where u.id = posts.user_id and u.rank > 2)",
    "exists (select 1 from users where users.id = user_id and (users.rank is null or users.rank in (1, 2, 3, 5)))",
    "not exists (select from users u where u.id = posts.user_id and u.rank = 3)",
    "user_id in (select id from users where rank > 2 and rank <> 9)",
    "user_id not in (select id from users where rank > 9) or score = 1",
    "exists (select from users where users.rank = posts.score and users.stored > 4)",
    "score is distinct from 3 and exists (select from comments c where c.post_id = posts.id)",
    "not (score > 3 and not exists (select from post_tags t where t.post_id = posts.id and t.weight < t.tag_id))",
    "exists (select from post_tags t join tags g on g.id = t.tag_id where t.post_id = posts.id and t.weight > 2)",
    "(select count(*) from comments c where c.post_id = posts.id) < 3",
    "exists (select from post_tags where weight = 3)",
    "score > 3 or user_id is null",
    "true",
  ],
  users: [
    "rank is distinct from 7",
    "rank is distinct from 7",
    "rank > 2 and not (rank = 5 or stored > 20)",
    "rank + 1 < 9 or id = 3",
    "id in (select weight from post_tags where tag_id <= 4)",
  ],
  tags: [
    "id in (select tag_id from post_tags where weight > 1)",
    "id in (select tag_id from post_tags where weight > 1)",
    "not exists (select from post_tags p where p.tag_id = tags.id and (p.weight > 8 or p.post_id = 3))",
    "exists (select from post_tags p where tags.id = p.tag_id and p.post_id is not null)",
  ],
};

function policies(random: Random): readonly string[] {
  return Object.entries(POLICIES).flatMap(([table, conditions]) => {
    const policy = (name: string, kind: string) =>
      `create policy ${table}_${name} on ${table} ${kind} for select using (${random.pick(conditions)});`;
    const second = random.chance(25) ? [policy("second", random.pick(["", "as restrictive"]))] : [];
    return [policy("first", ""), ...second];
  });
}

function create(table: Table, constraints: string, further = "", suffix = ""): string {
  const columns = table.columns
    .filter(({ writable }) => writable)
    .map(({ name, type }) => `"${name}" ${type.sql}`);
  return `create table ${table.name} (${columns.join(", ")}${further}, ${constraints}) ${suffix};`;
}

/** Row triggers that write what Supabase's Database Webhooks would send. */
const CAPTURE = `
create table captured (number serial, payload text);
create function capture() returns trigger language plpgsql security definer as $$
begin
  insert into captured (payload) values (jsonb_build_object('type', tg_op, 'table', tg_table_name, 'schema', tg_table_schema,
    'record', case when tg_op = 'DELETE' then null else to_jsonb(new) end,
    'old_record', case when tg_op = 'INSERT' then null else to_jsonb(old) end)::text);
  return null;
end $$;`;

const captureOf = (table: string) =>
  `create trigger capture after insert or update or delete on ${table} for each row execute function capture();`;

const READER =
  "create role reader; grant usage on schema public to reader; grant select on all tables in schema public to reader;";
