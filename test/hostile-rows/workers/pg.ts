import pg from "pg";
import { createCache, rows } from "../../../src/cache/tidemark.ts";
import { cachedPg, postgresChanges } from "../../../src/drivers/pg/pg.ts";
import type { DriverEvent } from "../../../src/drivers/read/options.ts";
import { keeperFence, libraryKeeper } from "../../../src/fence/library-fence.ts";
import type { PgAsked, PgStep } from "../steps.ts";

// Runs the steps that a test sends on Postgres, through the driver and past it.

interface Bindings {
  readonly DATABASE_URL: string;
  readonly SECRET: string;
  readonly KV: KVNamespace;
  readonly KEEPER: DurableObjectNamespace;
}

export const Keeper = libraryKeeper(({ DATABASE_URL, SECRET }: Bindings) => {
  const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 2 });
  return postgresChanges({
    query: async (text, values) => (await pool.query(text, values)).rows,
    secret: SECRET,
  });
});

export default {
  async fetch(request: Request, env: Bindings, ctx: ExecutionContext): Promise<Response> {
    const { steps, lazyConnect, name, onConnect, user } = (await request.json()) as PgAsked & {
      readonly steps: readonly PgStep[];
    };
    const fence = keeperFence(env.KEEPER);
    const cache = createCache({ kv: env.KV, ctx, ttl: "1d", fence, freshness: "0s" });
    const address = new URL(env.DATABASE_URL);
    if (user !== undefined) address.username = user;
    const real = new pg.Pool({ connectionString: address.href, max: 3 });
    if (onConnect !== undefined) real.on("connect", (client) => void client.query(onConnect));
    let event: DriverEvent | undefined;
    const onEvent = (each: DriverEvent) => {
      event = each;
    };
    const pool = cachedPg(real, cache, {
      onEvent,
      ...(name !== undefined && { name }),
      ...(lazyConnect !== undefined && { lazyConnect }),
    });
    const clients = new Map<string, pg.PoolClient>();
    const answers = [];
    try {
      for (const { do: how, on = "", text = "", table = "" } of steps) {
        event = undefined;
        let value: unknown;
        if (how === "connect") clients.set(on, await pool.connect());
        if (how === "read") value = (await (clients.get(on) ?? pool).query(text)).rows;
        if (how === "plain") value = (await real.query(text)).rows;
        if (how === "rows") {
          const load = async () => (await real.query(text)).rows;
          const found = await cache.lookup(text, load, { reads: [rows(table)] });
          answers.push({ value: found.value, type: found.status });
        } else answers.push({ value, ...(event as DriverEvent | undefined) });
      }
    } finally {
      for (const client of clients.values()) client.release();
      await real.end();
    }
    return Response.json(answers);
  },
};
