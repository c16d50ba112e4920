import type { Random } from "../random.ts";
import { type ColumnType, columnType, TYPES } from "../types.ts";
import { column, createTable, extras, ID, type Table, TYPES_SQL, type World } from "./world.ts";

/** Keys of several columns, of text and of uuid; a tree; two foreign keys between the same tables; heirs. */
export function keysWorld(random: Random): World {
  const some = (count: number) => extras(random, TYPES, count);
  const text: ColumnType = { ...columnType("txt"), values: ["a", "A", "b", "é", "a,b", ""], literals: [] };
  const uuid = columnType("u");
  const areas: Table = {
    name: "areas",
    key: ["zone", "code"],
    writable: true,
    columns: [column("zone", ID), column("code", text), ...some(4)],
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
      ...some(4),
    ],
  };
  const edges: Table = {
    name: "edges",
    key: ["id"],
    writable: true,
    columns: [column("id", ID), column("source", uuid), column("sink", uuid), ...some(3)],
  };
  const bases: Table = {
    name: "bases",
    key: [],
    writable: true,
    columns: [column("id", ID), column("zone", ID), column("code", text), ...some(3)],
  };
  const heirs: Table = { ...bases, name: "heirs" };
  const area = "foreign key (zone, code) references areas on delete set null on update cascade";
  const sql = [
    TYPES_SQL,
    createTable(areas, "primary key (zone, code)"),
    createTable(
      nodes,
      `primary key (id), foreign key (parent_id) references nodes on delete set null on update cascade, ${area}`,
    ),
    createTable(
      edges,
      "primary key (id), constraint edges_source_fkey foreign key (source) references nodes on delete cascade on update cascade, constraint edges_sink_fkey foreign key (sink) references nodes on delete cascade on update cascade",
    ),
    createTable(bases, `primary key (id), ${area}`),
    "create table heirs () inherits (bases);",
  ];
  const zone = "$t.zone = $p.zone and $t.code = $p.code";
  return {
    sql: sql.join("\n"),
    tables: [areas, nodes, edges, bases, heirs],
    watched: ["areas", "nodes", "edges", "bases", "heirs"],
    hasHidden: true,
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
