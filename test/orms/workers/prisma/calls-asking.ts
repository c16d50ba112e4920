import { failure, type Scenarios, setUp } from "./calls-world.ts";

/** What statements ask for. */
export const asking: Scenarios = {
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
