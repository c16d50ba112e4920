import type { StatementEvent } from "../../../../src/drivers/prisma/prisma.ts";
import { failure, type Scenarios } from "./calls-world.ts";

/** What calls answer, and refuse. */
export const answering: Scenarios = {
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
      await failure((prisma.$accelerate.invalidate as () => Promise<unknown>)()),
    ];
    return { ids: [typeof requestId, typeof all.requestId], forgotten: driver.forgotten, refused };
  },
};
