import { PrismaD1 } from "@prisma/adapter-d1";
// In your own project, import from "tidemark", "tidemark/d1", "tidemark/keeper" and "tidemark/prisma".
import { createCache } from "../../../src/cache/tidemark.ts";
import { cachedD1 } from "../../../src/drivers/d1/d1.ts";
import { cachedPrisma } from "../../../src/drivers/prisma/prisma.ts";
import { keeperFence } from "../../../src/fence/library-fence.ts";
import type { Bindings } from "./env.ts";
import { PrismaClient } from "./generated/client.ts";

export type Database = ReturnType<typeof connect>;

/** A client for one request. With Accelerate it was `new PrismaClient({ accelerateUrl }).$extends(withAccelerate())`. */
export function connect({ KV, DB, KEEPER }: Bindings, ctx: Pick<ExecutionContext, "waitUntil">) {
  const cache = createCache({
    kv: KV,
    ctx,
    name: "prisma-example",
    fence: keeperFence(KEEPER),
    // How long a change made elsewhere may take to show, whatever the ttl.
    freshness: "2s",
  });
  const { database, extension } = cachedPrisma(cachedD1(DB, cache), cache);
  return new PrismaClient({ adapter: new PrismaD1(database) }).$extends(extension);
}

export interface AppEnv {
  Bindings: Bindings;
  Variables: { readonly prisma: Database };
}
