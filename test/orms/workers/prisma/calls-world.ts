import { PrismaD1 } from "@prisma/adapter-d1";
import { cachedPrisma } from "../../../../src/drivers/prisma/prisma.ts";
import { PrismaClient } from "../../prisma/generated/client.ts";
import { recordingDriver } from "./recording-driver.ts";

/** A client over a driver that writes down what it is asked. */
export async function setUp(database: D1Database, given: Parameters<typeof cachedPrisma>[2] = {}) {
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
export type World = Awaited<ReturnType<typeof setUp>>;

export type Scenarios = Record<string, (world: World, database: D1Database) => Promise<unknown>>;

/** What a promise was rejected with. */
export const failure = (promise: PromiseLike<unknown>) =>
  promise.then(
    () => "none",
    (error: Error & { code?: string }) => `${error.name} ${error.code ?? ""}: ${error.message}`,
  );
