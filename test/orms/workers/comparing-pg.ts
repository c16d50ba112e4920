import pg from "pg";
import { type Cases, compare } from "../compare.ts";
import { capturedPg } from "./capture.ts";
import type { PgBindings } from "./env.ts";

/** A Worker that answers anything with what became of all cases on Postgres. */
export function comparingPg<Db>(
  cases: Cases<Db>,
  connect: (pool: pg.Pool) => Db,
  connectCached = (captured: ReturnType<typeof capturedPg>) => connect(captured.pool),
): ExportedHandler<PgBindings> {
  return {
    async fetch(_, env, ctx) {
      let sent = 0;
      class CountingClient extends pg.Client {
        override query(...all: unknown[]): never {
          // After a write or what it does not cache, the driver looks at the connection, once: no answer comes of that.
          if (!isLook(all[0])) sent++;
          return (super.query as (...all: unknown[]) => never)(...all);
        }
      }
      const pools = [
        new pg.Pool({ connectionString: env.PLAIN_URL }),
        new pg.Pool({ connectionString: env.CAPTURED_URL }),
        new pg.Pool({ connectionString: env.CAPTURED_URL, Client: CountingClient } as pg.PoolConfig),
      ] as const;
      try {
        const captured = capturedPg(pools[2], env, ctx);
        const findings = await compare(cases, {
          plain: connect(pools[0]),
          outside: connect(pools[1]),
          cached: connectCached(captured),
          sent: () => sent,
          catchUp: captured.catchUp,
        });
        return Response.json(findings);
      } catch (error) {
        return new Response(String((error as Error).stack), { status: 500 });
      } finally {
        await Promise.all(pools.map((pool) => pool.end()));
      }
    },
  };
}

function isLook(query: unknown): boolean {
  const { text = "" } = (query ?? {}) as { readonly text?: string };
  return text.includes("pg_stat_get_activity");
}
