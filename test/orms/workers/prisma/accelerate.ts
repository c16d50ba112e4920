// What a move from Accelerate rests on, with the real client over the real driver, keeper and D1.

import { PrismaD1 } from "@prisma/adapter-d1";
import { cachedPrisma } from "../../../../src/drivers/prisma/prisma.ts";
import { PrismaClient } from "../../prisma/generated/client.ts";
import { TABLES } from "../../prisma/tables.ts";
import { captured } from "../capture.ts";
import { counting } from "../counting.ts";
import type { Bindings } from "../env.ts";

async function setUp(env: Bindings, ctx: ExecutionContext) {
  const { database, sent } = counting(env.CAPTURED);
  const { db, cache } = await captured(database, env, ctx);
  const { database: asked, extension } = cachedPrisma(db, cache);
  const prisma = new PrismaClient({ adapter: new PrismaD1(asked) }).$extends(extension);
  /** Gives what `run` gives, and how many statements that took. */
  async function count<T>(run: () => PromiseLike<T>) {
    const before = sent();
    const value = await run();
    return { value, sent: sent() - before };
  }
  return { prisma, count, outside: env.CAPTURED, cache };
}
type World = Awaited<ReturnType<typeof setUp>>;

const scenarios: Record<string, (world: World, name: string) => Promise<unknown>> = {
  async ttl({ prisma, count }) {
    const read = () => prisma.author.findMany({ include: { posts: true }, cacheStrategy: { ttl: 60 } });
    const [cold, warm] = [await count(read), await count(read)];
    return { sent: [cold.sent, warm.sent], same: JSON.stringify(cold.value) === JSON.stringify(warm.value) };
  },

  async withoutStrategy({ prisma, count }) {
    const read = () => prisma.author.count();
    return [(await count(read)).sent, (await count(read)).sent];
  },

  async changes({ prisma, count, outside }, name) {
    const read = () => prisma.author.findMany({ where: { name }, cacheStrategy: { ttl: 3_600 } });
    const { value: before } = await count(read);
    await outside
      .prepare("INSERT INTO authors (name, email) VALUES (?, ?)")
      .bind(name, `${name}@example.org`)
      .run();
    const { value: after } = await count(read);
    await prisma.author.updateMany({ where: { name }, data: { role: "EDITOR" } });
    const { value: own } = await count(read);
    return [before.length, after.length, own[0]?.role];
  },

  async tags({ prisma, count }) {
    const tagged = () => prisma.tag.findMany({ cacheStrategy: { ttl: 60, tags: ["tags", "lists"] } });
    const other = () => prisma.tag.count({ cacheStrategy: { ttl: 60, tags: ["counts"] } });
    await tagged();
    await other();
    await prisma.$accelerate.invalidate({ tags: ["lists"] });
    const one = [(await count(tagged)).sent, (await count(other)).sent];
    await prisma.$accelerate.invalidateAll();
    const all = [(await count(tagged)).sent, (await count(other)).sent];
    return { one, all };
  },

  async swr({ prisma }) {
    const read = () =>
      prisma.author
        .findFirst({ orderBy: { id: "asc" }, where: { id: 1 }, cacheStrategy: { swr: 60 } })
        .withAccelerateInfo();
    const [cold, warm] = [await read(), await read()];
    // Until what it loads behind is there, whose age is less.
    let last = warm;
    while (last.info.lastModified <= warm.info.lastModified) last = await read();
    const isLoadedAgain = last.info.cacheStatus === "swr";
    return { statuses: [cold.info.cacheStatus, warm.info.cacheStatus], name: warm.data?.name, isLoadedAgain };
  },

  async transaction({ prisma, count }) {
    const read = () => prisma.author.count({ cacheStrategy: { ttl: 60 } });
    await read();
    const { value, sent } = await count(() => prisma.$transaction([read(), read()]));
    return { same: value[0] === value[1], sent };
  },

  async info({ prisma }) {
    const read = (id: number) =>
      prisma.author
        .findUnique({ where: { id }, include: { posts: true }, cacheStrategy: { ttl: 60 } })
        .withAccelerateInfo();
    const before = Date.now();
    const [cold, warm] = [(await read(1)).info, (await read(1)).info];
    const { info: raw } = await prisma.author.findMany().withAccelerateInfo();
    return {
      statuses: [cold.cacheStatus, warm.cacheStatus, raw.cacheStatus],
      loadedBetween: before - 5 <= warm.lastModified.getTime() && warm.lastModified.getTime() <= Date.now(),
      signature: cold.signature === warm.signature,
    };
  },
};

let ready: Promise<void> | undefined;

async function fill(database: D1Database): Promise<void> {
  for (const statement of TABLES) await database.prepare(statement).run();
  await database.prepare("INSERT INTO authors (id, name, email) VALUES (1, 'Ann', 'ann@example.org')").run();
  await database.prepare("INSERT INTO tags (id, name) VALUES (1, 'sql')").run();
}

export default {
  async fetch(request: Request, env: Bindings, ctx: ExecutionContext): Promise<Response> {
    const name = new URL(request.url).pathname.slice(1);
    try {
      ready ??= fill(env.CAPTURED);
      await ready;
      return Response.json((await scenarios[name]?.(await setUp(env, ctx), name)) ?? null);
    } catch (error) {
      return new Response(String((error as Error).stack), { status: 500 });
    }
  },
};
