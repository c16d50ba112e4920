// What the compiler must say of `tidemark/prisma`; tsc checks it, and nothing runs it.

import type {
  AccelerateInfo,
  CachedDatabase,
  InvalidatedCache,
} from "../../../../src/drivers/prisma/prisma.ts";
import { cachedPrisma } from "../../../../src/drivers/prisma/prisma.ts";
import type { PrismaClient } from "../../prisma/generated/client.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => {};

export async function types(
  client: PrismaClient,
  database: CachedDatabase,
  cache: InvalidatedCache,
): Promise<void> {
  const prisma = client.$extends(cachedPrisma(database, cache).extension);
  const cacheStrategy = { ttl: 60, swr: 60, tags: ["a"] };

  const names = await prisma.author.findMany({ select: { name: true }, cacheStrategy });
  same<typeof names, { name: string }[]>(true);

  const one = await prisma.author.findUnique({
    where: { id: 1 },
    include: { posts: { select: { views: true } } },
    cacheStrategy,
  });
  same<NonNullable<typeof one>["posts"], { views: bigint }[]>(true);
  // @ts-expect-error: it may be null
  one.name;

  const { data, info } = await prisma.author.count({ where: { id: 1 }, cacheStrategy }).withAccelerateInfo();
  same<typeof data, number>(true);
  same<typeof info, AccelerateInfo>(true);

  const groups = await prisma.post.groupBy({ by: ["language"], _count: true, cacheStrategy });
  // As with Accelerate's own types, which columns a group has is not said.
  same<typeof groups, Record<never, never>[]>(true);

  const { _max } = await prisma.post.aggregate({ _max: { views: true }, cacheStrategy });
  same<typeof _max, { views: bigint | null }>(true);

  const [all, count] = await prisma.$transaction([prisma.author.findMany(), prisma.author.count()]);
  same<typeof count, number>(true);
  same<(typeof all)[number]["email"], string>(true);

  await prisma.author.create({ data: { name: "a", email: "b" } });
  await prisma.$accelerate.invalidate({ tags: ["a"] });
  const { requestId } = await prisma.$accelerate.invalidateAll();
  same<typeof requestId, string>(true);

  // @ts-expect-error: no such option
  await prisma.author.findMany({ cacheStrategy: { ttl: 60, tag: "a" } });
  // @ts-expect-error: seconds are a number
  await prisma.author.findMany({ cacheStrategy: { ttl: "60" } });
  // @ts-expect-error: no such column
  await prisma.author.findMany({ where: { nam: "a" }, cacheStrategy });
  // @ts-expect-error: no such argument
  await prisma.author.findMany({ were: {}, cacheStrategy });
  // @ts-expect-error: a write is not cached
  await prisma.author.create({ data: { name: "a", email: "b" }, cacheStrategy });
  // @ts-expect-error: one or the other
  await prisma.author.findMany({ select: { name: true }, include: { posts: true }, cacheStrategy });
  // @ts-expect-error: tags are a list
  await prisma.$accelerate.invalidate({ tags: "a" });
}
