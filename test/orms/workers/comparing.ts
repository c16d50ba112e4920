import { type Cases, compare } from "../compare.ts";
import { type Captured, captured } from "./capture.ts";
import { counting } from "./counting.ts";
import type { Bindings } from "./env.ts";

export interface Orm<Db> {
  /** Tables and rows to begin with. */
  readonly statements: readonly string[];
  readonly cases: Cases<Db>;
  /** As its documentation says, over a bare database or over the driver that caches. */
  connect(database: D1Database): Db;
  /** Over the driver that caches, if that takes more. */
  connectCached?(captured: Captured): Db;
}

/** A Worker that answers anything with what became of all cases. */
export function comparing<Db>({
  statements,
  cases,
  connect,
  connectCached,
}: Orm<Db>): ExportedHandler<Bindings> {
  return {
    async fetch(_, env, ctx) {
      try {
        for (const database of [env.PLAIN, env.CAPTURED]) {
          for (const statement of statements) await database.prepare(statement).run();
        }
        const { database, sent } = counting(env.CAPTURED);
        const capture = await captured(database, env, ctx);
        const findings = await compare(cases, {
          plain: connect(env.PLAIN),
          cached: connectCached?.(capture) ?? connect(capture.db),
          outside: connect(env.CAPTURED),
          sent,
          catchUp: capture.catchUp,
        });
        return Response.json(findings);
      } catch (error) {
        return new Response(String((error as Error).stack), { status: 500 });
      }
    },
  };
}
