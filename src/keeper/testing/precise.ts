import type { Change } from "../../postgrest/row/change.ts";
import type { Keeper } from "../keeper.ts";
import { Footprints } from "../keys/footprints.ts";
import type { CacheableRead } from "../protocol/entry.ts";
import { ARTICLES } from "./fixtures.ts";
import type { Rig } from "./rig.ts";

/** A database that has described itself, for tests of row-precise invalidation. */

export const column = (type: string, notNull = false) => ({
  ...{ type, family: "base", notNull, plainCollation: true, exact: true, generated: "no" },
});

export const relation = {
  kind: "table",
  columns: { id: column("int8", true), title: column("text"), views: column("int4") },
  keys: [["id"]],
  ...{ foreignKeys: [], descendants: [], ancestors: [], computed: {}, reads: null },
};

const timed = {
  relations: { [ARTICLES]: ["title"] },
  caveats: [{ kind: "clock", culprit: "the clock" }],
  request: [],
  claims: [],
  calls: {},
};

export const SCHEMA = {
  [ARTICLES]: relation,
  "public.timed": { ...relation, reads: timed },
  "public.base": relation,
  "public.shown": {
    ...relation,
    kind: "view",
    keys: [],
    reads: { ...timed, relations: { "public.base": [] }, caveats: [] },
  },
};

export const DECLARED = { dependsOn: new Map(), tables: new Set([ARTICLES, "public.timed", "public.shown"]) };

export const described = (schema: object, watched: readonly string[] | null = null) => ({
  schema: JSON.stringify(schema),
  watched,
  anonObeysPolicies: false,
  bounds: false,
  settings: "",
  noticesDdl: true,
  roles: {},
});

/** A read of a relation of this schema. */
export function read(search: string, name = "articles"): CacheableRead {
  return {
    key: `/${name}?${search}`,
    path: `/rest/v1/${name}?${search}`,
    headers: {},
    audience: "publishable",
    relation: ARTICLES,
    asked: { schema: "public", relation: name, search },
  };
}

export function row(id: number, title = "t", views = 0) {
  return { id: String(id), title: JSON.stringify(title), views: String(views) };
}

export const inserted = (id: number): Change => ({
  ...{ kind: "row", operation: "INSERT", relation: ARTICLES, record: row(id) },
});

/** How many keys a change affects. */
export const affected = async (keeper: Keeper, change: Change) => (await keeper.ingest([change])).affected;

/** A keeper that knows this schema. */
export function precise(rig: Rig): Keeper {
  rig.footprints = new Footprints(DECLARED, described(SCHEMA));
  return rig.start();
}
