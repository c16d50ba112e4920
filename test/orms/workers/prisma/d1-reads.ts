import type { Cases } from "../../compare.ts";
import { Prisma, type PrismaClient } from "../../prisma/generated/client.ts";

export type Db = PrismaClient;

const at = new Date("2026-01-02T03:04:05.678Z");

export const reads: Cases<Db>["reads"] = {
  findMany: (db) => db.post.findMany(),
  "findMany: where, order, take, skip": (db) =>
    db.post.findMany({
      where: { published: true },
      orderBy: [{ views: "desc" }, { id: "asc" }],
      take: 2,
      skip: 1,
    }),
  "findMany: select": (db) =>
    db.post.findMany({ select: { id: true, picture: true, meta: true, price: true, at: true } }),
  "findMany: omit": (db) => db.author.findMany({ omit: { email: true } }),
  "findMany: distinct": (db) => db.post.findMany({ distinct: ["language"], orderBy: { id: "asc" } }),
  "findMany: a cursor": (db) =>
    db.post.findMany({ cursor: { id: 2 }, take: 2, skip: 1, orderBy: { id: "asc" } }),
  "findMany: backwards": (db) => db.post.findMany({ take: -2, orderBy: { id: "asc" } }),
  "filters: AND, OR, NOT": (db) =>
    db.post.findMany({
      where: {
        OR: [{ title: { contains: "ir" } }, { views: { gt: 5n } }],
        NOT: { language: "xx" },
        AND: [{ id: { gte: 1 } }],
      },
    }),
  "filters: in, notIn, lt, startsWith, endsWith": (db) =>
    db.post.findMany({
      where: {
        id: { in: [1, 2, 3], notIn: [9], lt: 10 },
        title: { startsWith: "F" },
        slug: { endsWith: "t" },
      },
    }),
  "filters: null": (db) =>
    db.post.findMany({ where: { OR: [{ rating: null }, { picture: { not: null } }] } }),
  "filters: a date": (db) => db.post.findMany({ where: { at: { gte: at } } }),
  "filters: a decimal, a float, a bigint": (db) =>
    db.post.findMany({
      where: { OR: [{ price: "1.10" }, { rating: { lt: 0 } }, { views: 9007199254740991n }] },
    }),
  "filters: bytes": (db) => db.post.findMany({ where: { picture: new Uint8Array([0, 255, 16]) } }),
  "filters: an enum": (db) => db.author.findMany({ where: { role: "EDITOR" } }),
  "filters: another column": (db) =>
    db.post.findMany({ where: { slug: { not: { equals: db.post.fields.title } as never } } }),
  "relations: include": (db) =>
    db.author.findMany({ include: { posts: true, profile: true, manager: true } }),
  "relations: nested, many to many": (db) =>
    db.author.findMany({
      select: {
        name: true,
        posts: {
          select: { title: true, tags: { orderBy: { id: "asc" } } },
          orderBy: { id: "desc" },
          take: 1,
        },
      },
    }),
  "relations: some, every, none, is": (db) =>
    db.author.findMany({
      where: {
        posts: { some: { published: true }, every: { views: { gte: 0 } }, none: { language: "xx" } },
        profile: { is: { bio: { contains: "" } } },
      },
    }),
  "relations: ordered by, and counted": (db) =>
    db.author.findMany({
      orderBy: [{ posts: { _count: "desc" } }, { id: "asc" }],
      include: { _count: { select: { posts: true, manages: true } } },
    }),
  "relations: ordered by a column of theirs": (db) =>
    db.post.findMany({ orderBy: [{ author: { name: "desc" } }, { id: "asc" }] }),
  "relations: fluent": (db) => db.author.findUnique({ where: { id: 1 } }).posts({ orderBy: { id: "asc" } }),
  findUnique: (db) => db.author.findUnique({ where: { email: "ann@example.org" } }),
  "findUnique: a compound key": (db) =>
    db.post.findUnique({
      where: { language_slug: { language: "en", slug: "first" } },
      include: { tags: true },
    }),
  "findUnique of none": (db) => db.author.findUnique({ where: { id: 99 } }),
  findUniqueOrThrow: (db) => db.author.findUniqueOrThrow({ where: { id: 2 } }),
  "findUnique, several at once": (db) =>
    Promise.all([1, 2, 3, 99].map((id) => db.author.findUnique({ where: { id } }))),
  findFirst: (db) => db.post.findFirst({ orderBy: { id: "desc" }, include: { author: true } }),
  findFirstOrThrow: (db) => db.post.findFirstOrThrow({ where: { published: true }, orderBy: { id: "asc" } }),
  count: (db) => db.post.count({ where: { published: true } }),
  "count: columns": (db) => db.post.count({ select: { _all: true, rating: true } }),
  aggregate: (db) =>
    db.post.aggregate({
      _count: true,
      _sum: { views: true, price: true },
      _avg: { rating: true },
      _min: { at: true },
      _max: { title: true },
      where: { views: { lt: 1_000_000n } },
    }),
  groupBy: (db) =>
    db.post.groupBy({
      by: ["language", "published"],
      _count: { _all: true },
      _max: { at: true },
      having: { id: { _count: { gt: 0 } } },
      orderBy: [{ language: "asc" }, { published: "asc" }],
    }),
  $queryRaw: (db) =>
    db.$queryRaw`SELECT id, title, views, price, at, picture FROM posts WHERE id >= ${1} ORDER BY id`,
  "$queryRaw: joined parts": (db) =>
    db.$queryRaw(Prisma.sql`SELECT name FROM authors WHERE id IN (${Prisma.join([1, 2])}) ORDER BY id`),
  $queryRawUnsafe: (db) => db.$queryRawUnsafe("SELECT count(*) AS n FROM posts WHERE language = ?", "en"),
};

export const passing: Cases<Db>["passing"] = {
  "a transaction": (db) =>
    db.$transaction([db.author.findMany(), db.post.count(), db.tag.findUnique({ where: { id: 1 } })]),
  "an interactive transaction, which D1 refuses": (db) => db.$transaction((tx) => tx.author.findMany()),
  "raw: the time": async (db) =>
    (await db.$queryRaw<unknown[]>`SELECT id FROM posts WHERE at < datetime('now')`).length,
  "raw: no table": (db) => db.$queryRaw`SELECT 1 AS one`,
  "raw: not SQL": (db) => db.$queryRawUnsafe("SELEC 1"),
  "an argument that does not exist": (db) => db.author.findMany({ were: {} } as never),
};
