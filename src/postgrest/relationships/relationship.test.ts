import { beforeAll, describe, expect, test } from "vitest";
import { openPglite } from "../../../testing/pglite.ts";
import type { Declared } from "../footprint/footprint.ts";
import { footprintOf } from "../footprint/footprint-of.ts";
import { parseQuery } from "../query/parse.ts";
import type { Schema } from "../schema/schema.ts";
import { describedBy } from "../testing/described.ts";
import { relationshipsOf } from "./relationship.ts";

let schema: Schema;

beforeAll(async () => {
  const database = await openPglite();
  await database.exec(`
    create table clients (id int primary key, name text);
    create table projects (id int primary key, client_id int references clients, name text);
    create table tags (id int primary key, name text);
    create table project_tags (project_id int references projects, tag_id int references tags, primary key (project_id, tag_id));
    create view open_projects as select id as number, client_id as customer, name from projects where name <> 'done';
    create view above as select number, customer from open_projects;
    create view nameless as select name from projects;
    create view customers as select c.id, upper(c.name) as name, count(p.id) as projects
      from clients c left join projects p on p.client_id = c.id group by c.id;
    create view pairs as select project_id, tag_id from project_tags;
    create function biggest(clients) returns setof projects rows 1 language sql stable
      begin atomic select p.* from projects p where p.client_id = $1.id order by p.id desc limit 1; end;
    create function label(clients) returns text language sql stable begin atomic select $1.name || '!'; end;
  `);
  schema = await describedBy(database);
  await database.close();
});

const EVERYTHING = [
  "clients",
  "projects",
  "tags",
  "project_tags",
  "open_projects",
  "above",
  "customers",
  "pairs",
];
const declared: Declared = {
  tables: new Set(EVERYTHING.map((name) => `public.${name}`)),
  dependsOn: new Map(),
};

function found(parent: string, select: string): string[] {
  const [embed] = parseQuery(parent, `select=${select}`).root.select;
  if (embed?.kind !== "embed") throw new Error(`${select} is no embed`);
  return relationshipsOf(schema, `public.${parent}`, embed).map(
    ({ target, parentColumns, columns, isExact, junction }) =>
      `${parentColumns.join()} = ${junction ? `${junction.relation.slice(7)}.` : ""}${columns.join()} of ${target.slice(7)}${isExact ? "" : ", perhaps"}`,
  );
}

function footprint(parent: string, search: string) {
  const read = { schema: "public", relation: parent, search };
  const result = footprintOf(read, parseQuery(parent, search), declared, schema);
  return "footprint" in result ? result.footprint : result;
}

describe("views stand for the tables whose keys they show", () => {
  test.each([
    ["open_projects", "clients(*)", ["customer = id of clients, perhaps"]],
    ["clients", "open_projects(*)", ["id = customer of open_projects, perhaps"]],
    ["above", "clients(*)", ["customer = id of clients, perhaps"]],
    ["open_projects", "customers(*)", ["customer = id of customers, perhaps"]],
    ["customers", "projects(*)", ["id = client_id of projects, perhaps"]],
    ["nameless", "clients(*)", []],
    ["projects", "clients(*)", ["client_id = id of clients"]],
  ])("%s?select=%s", (parent, select, expected) => {
    expect(found(parent, select)).toEqual(expected);
  });

  test("a junction may be a view as well", () => {
    expect(found("projects", "tags(*)")).toEqual([
      "id = project_tags.project_id of tags",
      "id = pairs.project_id of tags, perhaps",
    ]);
    expect(found("open_projects", "tags(*)")).toContain("number = pairs.project_id of tags, perhaps");
  });

  test("a view depends on everything it reads", () => {
    expect(footprint("clients", "select=id,open_projects(number)")).toMatchObject({
      caveats: [],
      relations: ["public.clients", "public.open_projects", "public.projects"],
    });
  });
});

describe("functions over rows", () => {
  test("a relationship through an understood function depends on everything that it reads", () => {
    expect(footprint("clients", "select=id,biggest(name)")).toMatchObject({
      caveats: [],
      relations: ["public.clients", "public.projects"],
    });
  });
  test("a computed column depends on its row as a whole", () => {
    const shape = footprint("clients", "select=id,label");
    expect(shape).toMatchObject({ caveats: [], relations: ["public.clients"] });
    expect("shape" in shape && JSON.parse(shape.shape).parts[0].columns).toBeUndefined();
  });
});
