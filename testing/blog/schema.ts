import { parseSchema } from "../../src/postgrest/schema/parse-schema.ts";
import type { Schema } from "../../src/postgrest/schema/schema.ts";

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
  computed: {},
  reads: null,
  ...more,
});

const CLOCK = { kind: "clock", culprit: "the clock" };
const UNKNOWN = {
  reads: {
    relations: {},
    caveats: [{ kind: "unknown-reads", culprit: "public.fans(users)" }],
    request: [],
    claims: [],
    calls: {},
  },
};

/** A small blog, described as `tidemark_schema()` would. */
export const blog: Schema = parseSchema(
  JSON.stringify({
    "public.users": table({ id: "int4", name: "text", born: "date", active: "bool" }, [], {
      computed: { fans: UNKNOWN },
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
        caveats: [],
        request: [],
        claims: [],
        calls: {},
      },
    }),
    // Published, with an active author.
    "public.articles": table(
      { id: "int4", user_id: "int4", published: "bool", title: "text", draft: "json" },
      [key("user_id", "users")],
      {
        reads: {
          relations: { "public.articles": ["user_id", "published"], "public.users": ["id", "active"] },
          policies: [
            {
              permissive: true,
              using:
                "(published AND (EXISTS ( SELECT\n   FROM public.users u\n  WHERE ((u.id = articles.user_id) AND u.active))))",
            },
          ],
          caveats: [],
          request: [],
          claims: [],
          calls: {},
        },
      },
    ),
    // A person with a weight is a member.
    "public.teams": table({ id: "int4", name: "text" }, [], {
      reads: {
        relations: { "public.teams": ["id"], "public.members": ["team_id", "weight"] },
        policies: [
          {
            permissive: true,
            using: "(id IN ( SELECT members.team_id\n   FROM public.members\n  WHERE (members.weight > 1)))",
          },
        ],
        caveats: [],
        request: [],
        claims: [],
        calls: {},
      },
    }),
    "public.members": table({ id: "int4", team_id: "int4", weight: "int4", name: "text" }),
    // A person with a weight, and with a name that this code cannot judge, is a member.
    "public.guides": table({ id: "int4", name: "text" }, [], {
      reads: {
        relations: { "public.guides": ["id"], "public.members": ["team_id", "weight", "name"] },
        policies: [
          {
            permissive: true,
            using:
              "(EXISTS ( SELECT\n   FROM public.members m\n  WHERE ((m.team_id = guides.id) AND (m.weight > 1) AND (lower(m.name) = 'm'::text))))",
          },
        ],
        caveats: [],
        request: [],
        claims: [],
        calls: {},
      },
    }),
    // Changes of a partition are reported under the name of the partitioned table.
    "public.shelves": table({ id: "int4", place: "int4", name: "text" }, [], {
      ...{ kind: "partitioned", descendants: ["public.low_shelves"] },
    }),
    "public.low_shelves": table({ id: "int4", place: "int4", name: "text" }, [], {
      ...{ ancestors: ["public.shelves"], partitionKey: ["place"] },
    }),
    // Keys of other types: texts, and values that are equal but print differently.
    "public.labels": table({ name: "text", kind: "text", note: "text" }),
    "public.scales": table({ id: "float4", name: "text" }),
    "public.readings": table({ id: "int4", scale: "float8" }, [key("scale", "scales")]),
    "public.documents": table({ id: "jsonb", name: "text" }),
    "public.pages": table({ id: "int4", document: "jsonb" }, [key("document", "documents")]),
    "public.magic": table({ id: "int4", text: "text" }, [], {
      reads: {
        relations: {},
        caveats: [CLOCK, ...UNKNOWN.reads.caveats],
        request: [],
        claims: [],
        calls: {},
      },
    }),
  }),
);
