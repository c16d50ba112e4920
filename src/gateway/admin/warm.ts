import type { WaitUntil } from "../../fence/fence-sync.ts";
import type { ResolvedConfig } from "../config/config.ts";
import type { Target } from "../http/request/target.ts";
import { askedAs } from "./admin-keys.ts";

/** A little more than half of the six connections that a Worker may have open. */
const CONCURRENCY = 4;

export interface WarmReads {
  answer(request: Request, target: Target, anchor: WaitUntil): Response | Promise<Response>;
}

/** The result of warming one query. */
export type Warmed =
  | { readonly query: string; readonly status: number; readonly cacheStatus: string }
  /** Not read, because it would not be cached: a `BypassReason`, or the code of a problem with the path. */
  | { readonly query: string; readonly bypass: string };

/** Reads the queries through the cache, a few at a time, as an anonymous caller would. */
export async function warm(
  queries: readonly string[],
  config: ResolvedConfig,
  reads: WarmReads,
  anchor: WaitUntil,
): Promise<readonly Warmed[]> {
  const results: Warmed[] = [];
  let next = 0;
  const worker = async () => {
    while (next < queries.length) {
      const index = next++;
      results[index] = await warmOne(queries[index] ?? "", config, reads, anchor);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return results;
}

async function warmOne(
  query: string,
  config: ResolvedConfig,
  reads: WarmReads,
  anchor: WaitUntil,
): Promise<Warmed> {
  const asked = askedAs("publishable", query, config);
  if ("code" in asked) return { query, bypass: asked.code };
  if (asked.classified.kind === "bypass") return { query, bypass: asked.classified.reason };
  const response = await reads.answer(asked.request, asked.target, anchor);
  await response.body?.cancel();
  return { query, status: response.status, cacheStatus: response.headers.get("cache-status") ?? "" };
}
