// What `tidemark/prisma` asks of a driver, by the real client in workerd. Each scenario gives what its test looks at.

import { PrismaD1 } from "@prisma/adapter-d1";
import { cachedPrisma, type StatementEvent } from "../../../../src/drivers/prisma/prisma.ts";
import { PrismaClient } from "../../prisma/generated/client.ts";
import { TABLES } from "../../prisma/tables.ts";
import type { Bindings } from "../env.ts";
import { recordingDriver } from "./recording-driver.ts";

async function setUp(database: D1Database, given: Parameters<typeof cachedPrisma>[2] = {}) {
  const driver = recordingDriver(database);
  const { database: asked, extension } = cachedPrisma(driver.db, driver.cache, given);
  const bare = new PrismaClient({ adapter: new PrismaD1(asked) });
  const prisma = bare.$extends(extension);
  /** What was asked since this was last called. */
  const options = () =>
    driver.asked.splice(0).map(({ fresh, ttl, staleWhileRevalidate: swr, tags }) => {
      if (fresh) return "fresh";
      return ttl === undefined ? { tags } : { ttl, swr, tags };
    });
  return { bare, prisma, extension, driver, options };
}
type World = Awaited<ReturnType<typeof setUp>>;

const failure = (promise: PromiseLike<unknown>) =>
  promise.then(
    () => "none",
    (error: Error & { code?: string }) => `${error.name} ${error.code ?? ""}: ${error.message}`,
  );

const scenarios: Record<string, (world: World, database: D1Database) => Promise<unknown>> = {
  async reads({ prisma, options }) {
    const cacheStrategy = { ttl: 60, swr: 30, tags: ["posts", "front_page"] };
    const where = { id: 1 };
    await prisma.post.findMany({ where, cacheStrategy });
    await prisma.post.findFirst({ where, cacheStrategy });
    await prisma.author.findFirstOrThrow({ where, cacheStrategy });
    await prisma.author.findUnique({ where, cacheStrategy });
    await prisma.author.findUniqueOrThrow({ where, cacheStrategy });
    await prisma.post.count({ where, cacheStrategy });
    await prisma.post.aggregate({ _max: { views: true }, cacheStrategy });
    await prisma.post.groupBy({ by: ["language"], _count: true, cacheStrategy });
    return options();
  },

  async parts({ prisma, options }) {
    await prisma.author.findMany({ cacheStrategy: { ttl: 60 } });
    await prisma.author.findMany({ cacheStrategy: { swr: 60 } });
    await prisma.author.findMany({ cacheStrategy: { tags: ["a"] } });
    await prisma.author.findMany({ cacheStrategy: {} });
    await prisma.author.findMany({ cacheStrategy: { ttl: 0 } });
    await prisma.author.findMany();
    return options();
  },

  async relations({ prisma, options }) {
    const found = await prisma.author.findMany({
      include: { posts: { include: { tags: true } }, profile: true },
      cacheStrategy: { ttl: 60 },
    });
    return { found: found.map(({ name, posts }) => [name, posts.length]), options: options() };
  },

  async fluent({ prisma, options }) {
    // As with Accelerate, the types do not say that a read can go on like this.
    const author = prisma.author.findUnique({ where: { id: 1 }, cacheStrategy: { ttl: 60 } });
    const posts = await (author as unknown as { posts(): Promise<{ slug: string }[]> }).posts();
    return { posts: posts.map(({ slug }) => slug), options: options() };
  },

  async writes({ prisma, options }) {
    await prisma.author.create({ data: { name: "W", email: "w@example.org" } });
    await prisma.author.update({ where: { id: 1 }, data: { name: "Ann" }, include: { posts: true } });
    await prisma.author.upsert({
      where: { email: "w@example.org" },
      create: { name: "W", email: "w@example.org" },
      update: { name: "W2" },
    });
    await prisma.author.deleteMany({ where: { name: "W2" } });
    await prisma.$executeRaw`UPDATE authors SET name = name`;
    return [...new Set(options().map((of) => JSON.stringify(of)))];
  },

  async raw({ prisma, options }) {
    await prisma.$queryRaw`SELECT 1 AS one`;
    await prisma.$queryRawUnsafe("SELECT 1 AS one");
    return options();
  },

  async transactions({ prisma, options }) {
    const cacheStrategy = { ttl: 60 };
    const results = await prisma.$transaction([
      prisma.author.findMany({ cacheStrategy }),
      prisma.author.update({ where: { id: 1 }, data: { name: "Ann" } }),
      prisma.author.findUnique({ where: { id: 1 }, cacheStrategy }),
      prisma.author.count({ cacheStrategy }),
    ]);
    return { results: results.map((one) => typeof one), options: options() };
  },

  async transactionInfo({ prisma }) {
    const cacheStrategy = { ttl: 60 };
    const results = await prisma.$transaction([
      prisma.author.count({ cacheStrategy }).withAccelerateInfo(),
      prisma.author.findUnique({ where: { id: 1 }, cacheStrategy }).withAccelerateInfo(),
    ]);
    return results.map(({ data, info }) => ({
      data: typeof data,
      cacheStatus: info.cacheStatus,
      reason: info.reason,
    }));
  },

  async besideTransactions({ prisma, options }) {
    await Promise.all([
      prisma.author.findUnique({ where: { id: 1 }, cacheStrategy: { ttl: 60 } }),
      prisma.$transaction([prisma.author.findMany(), prisma.tag.findMany({ cacheStrategy: { ttl: 60 } })]),
    ]);
    return options();
  },

  async together({ prisma, options }) {
    await Promise.all([
      prisma.author.findUnique({ where: { id: 1 }, cacheStrategy: { ttl: 60, swr: 10, tags: ["a"] } }),
      prisma.author.findUnique({ where: { id: 2 }, cacheStrategy: { ttl: 30, swr: 20, tags: ["b"] } }),
      prisma.tag.findUnique({ where: { id: 1 }, cacheStrategy: { ttl: 90, tags: ["c"] } }),
    ]);
    return options();
  },

  async togetherWithNone({ prisma, options }) {
    await Promise.all([
      prisma.author.findUnique({ where: { id: 1 }, cacheStrategy: { ttl: 60 } }),
      prisma.tag.findUnique({ where: { id: 1 } }),
      // Not gathered by Prisma.
      prisma.author.findFirst({ where: { id: 1 }, cacheStrategy: { ttl: 5 } }),
    ]);
    return options();
  },

  async togetherWithBare({ bare, prisma, options }) {
    await Promise.all([
      bare.author.findUnique({ where: { id: 1 } }),
      prisma.author.findUnique({ where: { id: 2 }, cacheStrategy: { ttl: 60 } }),
    ]);
    const joined = options();
    await bare.author.findUnique({ where: { id: 1 } });
    return { joined, alone: options() };
  },

  async afterwards({ prisma, options }) {
    await failure(
      prisma.author.findUniqueOrThrow({ where: { id: 77 }, cacheStrategy: { ttl: 60, tags: ["gone"] } }),
    );
    options();
    await prisma.author.findUnique({ where: { id: 1 }, cacheStrategy: { ttl: 5 } });
    return options();
  },

  async info({ prisma, driver }) {
    const seen: unknown[] = [];
    const look = async (...outcomes: readonly StatementEvent[]) => {
      driver.answers(...outcomes);
      const { data, info } = await prisma.author
        .findMany({ select: { name: true, posts: { select: { slug: true } } }, cacheStrategy: { ttl: 60 } })
        .withAccelerateInfo();
      seen.push([
        data.length,
        info.cacheStatus,
        Math.round((Date.now() - info.lastModified.getTime()) / 1_000),
        info.reason ?? null,
      ]);
    };
    await look({ type: "hit", ageMs: 1_000 }, { type: "hit", ageMs: 2_000 });
    await look({ type: "hit", ageMs: 1_000 }, { type: "stale", ageMs: 2_000 });
    await look({ type: "stale", ageMs: 2_000 }, { type: "miss", ageMs: 0 });
    await look({ type: "pass-through", reason: "unknown-table" });
    await look({ type: "hit", ageMs: 2_000 }, { type: "pass-through", reason: "time" });
    const { info } = await prisma.author.findMany().withAccelerateInfo();
    seen.push([info.cacheStatus, info.reason]);
    return seen;
  },

  async infoIdentity({ prisma }) {
    const ask = async (id: number) =>
      (
        await prisma.post
          .findFirst({ where: { views: BigInt(id) }, cacheStrategy: { ttl: 1 } })
          .withAccelerateInfo()
      ).info;
    const [first, again, other] = [await ask(1), await ask(1), await ask(2)];
    return {
      sameSignature: first.signature === again.signature,
      otherSignature: first.signature !== other.signature,
      otherRequest: first.requestId !== again.requestId,
      region: first.region,
    };
  },

  async lazy({ prisma, driver }) {
    const promise = prisma.author.findMany({ cacheStrategy: { ttl: 1 } });
    const withInfo = promise.withAccelerateInfo();
    await Promise.resolve();
    const before = driver.asked.length;
    await withInfo;
    await withInfo;
    return { before, after: driver.asked.length };
  },

  async otherExtensions({ bare, extension, options }) {
    const prisma = bare
      .$extends({
        result: { author: { shout: { needs: { name: true }, compute: ({ name }) => name.toUpperCase() } } },
      })
      .$extends(extension);
    const { data } = await prisma.author
      .findFirst({ where: { id: 1 }, cacheStrategy: { ttl: 1 } })
      .withAccelerateInfo();
    const earlier = bare
      .$extends({ query: { author: { findMany: ({ args, query }) => query({ ...args, take: 1 }) } } })
      .$extends(extension);
    const one = await earlier.author.findMany({ cacheStrategy: { ttl: 9 } });
    return { shout: data?.shout, taken: one.length, asked: options().at(-1) };
  },

  async refusals({ prisma, options }) {
    const read = (cacheStrategy: unknown) => failure(prisma.author.findMany({ cacheStrategy } as never));
    const refused = [
      await read({ ttl: -1 }),
      await read({ ttl: 1.5 }),
      await read({ swr: "60" }),
      await read({ ttl: 60, tag: "a" }),
      await read({ ttl: 60, tags: "a" }),
      await read({ ttl: 60, tags: ["a-b"] }),
      await read({ ttl: 60, tags: ["a".repeat(65)] }),
      await read({ ttl: 60, tags: ["a", "b", "c", "d", "e", "f"] }),
      await read(60),
      await failure(
        prisma.author.create({ data: { name: "x", email: "x" }, cacheStrategy: { ttl: 60 } } as never),
      ),
      await failure(
        prisma.$transaction([prisma.author.count(), prisma.author.count({ cacheStrategy: { ttl: -1 } })]),
      ),
    ];
    return { refused, asked: options() };
  },

  async invalidations({ prisma, driver }) {
    const { requestId } = await prisma.$accelerate.invalidate({ tags: ["posts", "front_page"] });
    const all = await prisma.$accelerate.invalidateAll();
    const refused = [
      await failure(prisma.$accelerate.invalidate({ tags: ["a-b"] })),
      await failure(prisma.$accelerate.invalidate({ tags: ["a", "b", "c", "d", "e", "f"] })),
      await failure(prisma.$accelerate.invalidate({} as never)),
    ];
    return { ids: [typeof requestId, typeof all.requestId], forgotten: driver.forgotten, refused };
  },

  async leftToTheDriver(_, database) {
    const { prisma, options } = await setUp(database, { withoutStrategy: "driver" });
    await prisma.author.findMany();
    await prisma.$queryRaw`SELECT 1 AS one`;
    await prisma.author.findMany({ cacheStrategy: { ttl: 60 } });
    await prisma.author.updateMany({ where: { id: 1 }, data: { name: "Ann" } });
    await prisma.$transaction([prisma.author.findMany()]);
    const apart = options();
    await Promise.all([
      prisma.author.findUnique({ where: { id: 1 }, cacheStrategy: { ttl: 60 } }),
      prisma.author.findUnique({ where: { id: 2 } }),
    ]);
    return { apart, together: options() };
  },
};

let ready: Promise<void> | undefined;

async function fill(database: D1Database): Promise<void> {
  for (const statement of TABLES) await database.prepare(statement).run();
  const prisma = new PrismaClient({ adapter: new PrismaD1(database) });
  const at = new Date("2026-01-02T03:04:05.678Z");
  for (const name of ["Ann", "Ben"]) {
    await prisma.author.create({
      data: {
        name,
        email: `${name}@example.org`,
        posts: { create: { slug: name, language: "en", title: name, at, tags: { create: { name } } } },
      },
    });
  }
}

export default {
  async fetch(request: Request, env: Bindings): Promise<Response> {
    const name = new URL(request.url).pathname.slice(1);
    try {
      ready ??= fill(env.PLAIN);
      await ready;
      return Response.json((await scenarios[name]?.(await setUp(env.PLAIN), env.PLAIN)) ?? null);
    } catch (error) {
      return new Response(String((error as Error).stack), { status: 500 });
    }
  },
};
