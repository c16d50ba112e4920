import { PrismaPg } from "@prisma/adapter-pg";
import type pg from "pg";
import { cachedPrisma } from "../../../../src/drivers/prisma/prisma.ts";
import { PATIENCE_MS } from "../../../../testing/patience.ts";
import type { Cases } from "../../compare.ts";
import { PrismaClient } from "../../prisma/pg/generated/client.ts";
import { comparingPg } from "../comparing-pg.ts";
import { reads } from "./d1-reads.ts";
import { writes } from "./d1-writes.ts";

type Db = PrismaClient;

/** A filter by an enum casts to a type of the owner's, which the driver does not understand. */
const { "filters: an enum": byEnum, ...others } = reads;

/** The same as on D1, by a client of another provider, but for SQL of D1's. */
const isAnySql = ([name]: readonly [name: string, ...unknown[]]) => !name.startsWith("$queryRaw");

const cases = {
  reads: {
    ...Object.fromEntries(Object.entries(others).filter(isAnySql)),
    $queryRaw: (db: Db) =>
      db.$queryRaw`SELECT id, title, views, price, at, picture, meta FROM posts WHERE id >= ${1} ORDER BY id`,
  },
  passing: {
    "filters: an enum": byEnum,
    "a transaction": (db: Db) =>
      db.$transaction([db.author.findMany(), db.post.count(), db.tag.findUnique({ where: { id: 1 } })]),
    "an interactive transaction": (db: Db) =>
      db.$transaction(async (tx) => [await tx.author.findMany(), await tx.post.count()]),
    "raw: the time": async (db: Db) =>
      (await db.$queryRaw<unknown[]>`SELECT id FROM posts WHERE at < now()`).length,
    "an argument that does not exist": (db: Db) => db.author.findMany({ were: {} } as never),
  },
  writes: {
    ...writes,
    "an interactive transaction": (db: Db, round: number) =>
      db.$transaction(async (tx) => {
        await tx.tag.create({ data: { name: `itx${round}` } });
        return tx.tag.findMany({ orderBy: { id: "asc" } });
      }),
    "an interactive transaction that is rolled back": (db: Db, round: number) =>
      db.$transaction(async (tx) => {
        await tx.tag.create({ data: { name: `gone${round}` } });
        await tx.tag.findMany();
        throw new Error("rolled back");
      }),
  },
} as unknown as Cases<Db>;

/** All reads are asked at once, and a pool has ten connections: on a busy machine a transaction gets none in Prisma's two seconds. */
const transactionOptions = { maxWait: PATIENCE_MS, timeout: PATIENCE_MS };

const connect = (pool: pg.Pool) => new PrismaClient({ adapter: new PrismaPg(pool), transactionOptions });

export default comparingPg(cases, connect, ({ pool, cache }) => {
  const { database, extension } = cachedPrisma(pool, cache, { withoutStrategy: "driver" });
  return connect(database).$extends(extension) as unknown as PrismaClient;
});
