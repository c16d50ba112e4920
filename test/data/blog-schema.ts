import { parseSchema } from "../../src/postgrest/parse-schema.ts";
import type { Schema } from "../../src/postgrest/schema.ts";

const columns = (types: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(types).map(([name, type]) => [
      name,
      {
        type,
        family: type === "domain" ? "opaque" : type === "mood" ? "enum" : "base",
        notNull: name === "id",
        plainCollation: type !== "nocase",
        exact: type !== "json",
        generated: "no",
      },
    ]),
  );

const key = (from: string, relation: string) => ({
  name: `${from}_fkey`,
  columns: [from],
  relation: `public.${relation}`,
  referenced: ["id"],
  validated: true,
});

const table = (
  types: Readonly<Record<string, string>>,
  foreignKeys: readonly object[] = [],
  more: object = {},
) => ({
  kind: "table",
  columns: columns(types),
  keys: [types.id === undefined ? Object.keys(types).slice(0, 2) : ["id"]],
  foreignKeys,
  descendants: [],
  ancestors: [],
  computed: [],
  reads: null,
  ...more,
});

/** A small blog, described as `tidemark_schema()` would. */
export const blog: Schema = parseSchema(
  JSON.stringify({
    "public.users": table({ id: "int4", name: "text", born: "date", active: "bool" }, [], {
      computed: ["fans"],
    }),
    "public.posts": table(
      {
        id: "int8",
        user_id: "int4",
        title: "text",
        body: "json",
        score: "numeric",
        views: "int4",
        at: "timestamptz",
        meta: "jsonb",
        labels: "_text",
        mood: "mood",
        mail: "domain",
        ratio: "float8",
        ref: "uuid",
      },
      [key("user_id", "users")],
    ),
    "public.comments": table({ id: "int8", post_id: "int8", text: "text" }, [key("post_id", "posts")]),
    "public.tags": table({ id: "int4", name: "text" }),
    "public.post_tags": table({ post_id: "int8", tag_id: "int4", weight: "int4" }, [
      key("post_id", "posts"),
      key("tag_id", "tags"),
    ]),
    "public.secrets": table({ id: "int4", owner: "int4", text: "text" }, [], {
      reads: {
        relations: { "public.secrets": ["owner"], "public.users": ["id", "active"] },
        opaque: false,
        volatile: false,
      },
    }),
    "public.magic": table({ id: "int4", text: "text" }, [], {
      reads: { relations: {}, opaque: true, volatile: true },
    }),
  }),
);
