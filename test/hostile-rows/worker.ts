import { createCache, rows } from "../../src/cache/tidemark.ts";
import { cachedD1 } from "../../src/drivers/d1/cached-d1.ts";
import { d1Changes } from "../../src/drivers/d1/d1.ts";
import { keeperFence, libraryKeeper } from "../../src/fence/library-fence.ts";

// Runs the steps that a test sends, through the driver and past it.

interface Bindings {
  readonly DB: D1Database;
  readonly KV: KVNamespace;
  readonly KEEPER: DurableObjectNamespace;
}

export const Keeper = libraryKeeper((env: Bindings) => d1Changes(env.DB));

/** A value of SQL as JSON: what JSON has not is `{ js: "…" }`. */
function valueOf(given: unknown): unknown {
  if (typeof given !== "object" || given === null) return given;
  const { js, bytes } = given as { js?: string; bytes?: number[] };
  if (bytes !== undefined) return new Uint8Array(bytes).buffer;
  if (js === "-0") return -0;
  if (js === "NaN") return Number.NaN;
  if (js === "Infinity") return Number.POSITIVE_INFINITY;
  if (js === "-Infinity") return Number.NEGATIVE_INFINITY;
  if (js === "undefined") return undefined;
  if (js === "date") return new Date(0);
  if (js?.endsWith("n")) return BigInt(js.slice(0, -1));
  return given;
}

function shown(_: string, value: unknown): unknown {
  if (typeof value === "number" && (Object.is(value, -0) || !Number.isFinite(value))) return { js: Object.is(value, -0) ? "-0" : String(value) };
  if (value instanceof ArrayBuffer) return { bytes: [...new Uint8Array(value)] };
  return value;
}

export interface Step {
  readonly do: "read" | "plain" | "outside" | "write" | "catchUp" | "rows" | "batch" | "exec";
  readonly sql?: string;
  readonly sqls?: readonly string[];
  readonly values?: readonly unknown[];
  readonly how?: "all" | "raw" | "rawNames" | "first" | "run";
  readonly column?: string;
  readonly key?: string;
  readonly reads?: readonly [table: string, where?: Record<string, never>][];
}

async function ask(db: D1Database, { sql = "", values = [], how = "all", column }: Step): Promise<unknown> {
  const prepared = db.prepare(sql);
  const statement = values.length > 0 ? prepared.bind(...values.map(valueOf)) : prepared;
  if (how === "raw") return statement.raw();
  if (how === "rawNames") return statement.raw({ columnNames: true });
  if (how === "first") return column === undefined ? statement.first() : statement.first(column);
  return (await (how === "run" ? statement.run() : statement.all())).results;
}

export default {
  async fetch(request: Request, env: Bindings, ctx: ExecutionContext): Promise<Response> {
    const freshness = new URL(request.url).searchParams.get("freshness") ?? "0s";
    const steps = (await request.json()) as Step[];
    const events: unknown[] = [];
    const cache = createCache({
      kv: env.KV, ctx, ttl: "1d", fence: keeperFence(env.KEEPER), freshness: freshness as "0s",
      onEvent: (event) => { if (event.type !== "hit" && event.type !== "miss") events.push({ type: event.type, ...("reason" in event && { reason: event.reason }) , ...("error" in event && {error: String(event.error)})}); },
    });
    let last: { type: string; reason?: string; detail?: string } | undefined;
    const db = cachedD1(env.DB, cache, { onEvent: (event) => { last = event as never; } });
    const answers = [];
    for (const step of steps) {
      last = undefined;
      events.length = 0;
      let value: unknown;
      let error: string | undefined;
      try {
        switch (step.do) {
          case "read": value = await ask(db, step); break;
          case "plain": case "outside": value = await ask(env.DB, step); break;
          case "write": value = await db.prepare(step.sql ?? "").bind(...(step.values ?? []).map(valueOf)).run(); break;
          case "batch": value = await db.batch((step.sqls ?? []).map((sql) => db.prepare(sql))); break;
          case "exec": value = await db.exec(step.sql ?? ""); break;
          case "catchUp": value = await cache.catchUp(); break;
          case "rows":
            value = await cache.getOrSet(step.key ?? step.sql ?? "", () => ask(env.DB, step), {
              reads: (step.reads ?? []).map(([table, where]) => where ? rows(table, Object.fromEntries(Object.entries(where).map(([k, v]) => [k, valueOf(v)])) as never) : rows(table)),
            });
            break;
        }
      } catch (thrown) {
        error = String(thrown);
      }
      answers.push({ value, error, type: last?.type, reason: last?.reason, detail: last?.detail, events: [...events] });
    }
    return new Response(JSON.stringify(answers, shown));
  },
};
