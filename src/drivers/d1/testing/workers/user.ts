// A Worker that asks its D1 as it is told, through a cache and bare.

import { createCache } from "../../../../cache/tidemark.ts";
import { keeperFence } from "../../../../fence/library-fence.ts";
import type { KeeperCalls } from "../../../../keeper/protocol/calls.ts";
import type { DriverEvent } from "../../../read/options.ts";
import { cachedD1 } from "../../cached-d1.ts";
import type { Answered, Question } from "../question.ts";

interface Env {
  readonly DB: D1Database;
  readonly KV: KVNamespace;
  readonly KEEPER: DurableObjectNamespace<KeeperCalls & Rpc.DurableObjectBranded>;
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const question = (await request.json()) as Question;
    const events: DriverEvent[] = [];
    const cache = createCache({
      kv: env.KV,
      ctx,
      ttl: "1h",
      fence: keeperFence(env.KEEPER),
      freshness: question.freshness ?? "0s",
    });
    const cached = cachedD1(env.DB, cache, { ...question.options, onEvent: (event) => events.push(event) });
    const session = cached.withSession() as unknown as D1Database;
    const views = { cache: cached, bare: env.DB, fresh: cached.fresh, session };
    try {
      const value =
        question.method === "statistics" ? cached.statistics() : await ask(views[question.through], question);
      return Response.json({ answer: told(value), events } satisfies Answered);
    } catch (error) {
      const { message, cause } = error as Error;
      const text = `${message} / ${(cause as Error | undefined)?.message}`;
      return Response.json({ error: text, events } satisfies Answered);
    }
  },
};

async function ask(database: D1Database, question: Question): Promise<unknown> {
  const { method, sql, parameters = [], column, statements = [] } = question;
  const bound = (text: string, values: readonly unknown[]) =>
    database
      .prepare(text)
      .bind(...values.map((value) => (Array.isArray(value) ? new Uint8Array(value) : value)));
  switch (method) {
    case "all":
      return bound(sql, parameters).all();
    case "run":
      return bound(sql, parameters).run();
    case "raw":
      return bound(sql, parameters).raw();
    case "columns":
      return bound(sql, parameters).raw({ columnNames: true });
    case "first":
      return column === undefined ? bound(sql, parameters).first() : bound(sql, parameters).first(column);
    case "batch":
      return database.batch(statements.map((one) => bound(one.sql, one.parameters)));
    case "exec":
      return database.exec(sql);
    default:
      throw new Error(method);
  }
}

function told(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (Object.is(inner, -0)) return "-0 (number)";
    if (inner instanceof ArrayBuffer) return `${Array.from(new Uint8Array(inner))} (buffer)`;
    return inner === undefined ? "(undefined)" : inner;
  });
}
