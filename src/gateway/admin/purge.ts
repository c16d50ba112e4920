import type * as v from "valibot";
import type { Purge } from "../../keeper/protocol/admin.ts";
import type { ResolvedConfig } from "../config/config.ts";
import { problem } from "../http/problem.ts";
import type { purgeBody } from "./admin-bodies.ts";
import { keysOf } from "./admin-keys.ts";

/**
 * The purge to ask the keeper for, or the problem with the body. A purge that could affect nothing is a problem, too.
 */
export function purgeOf(body: v.InferOutput<typeof purgeBody>, config: ResolvedConfig): Purge | Response {
  const { keys, prefix, table, all } = body;
  if (Object.values(body).filter((value) => value !== undefined).length !== 1) {
    return problem("invalid-field", "Give exactly one of keys, prefix, table and all");
  }
  if (table !== undefined) {
    const relation = table.includes(".") ? table : `${config.defaultSchema}.${table}`;
    if (config.dependents.has(relation)) return { table: relation };
    return problem("unknown-table", `${relation} is neither a configured table nor in any dependsOn`);
  }
  if (keys !== undefined) {
    const named = keysOf(keys, config);
    if (!("detail" in named)) return { keys: named };
    return problem("not-cacheable", `${named.name} names no key: ${named.detail}`, {
      members: { query: named.name },
    });
  }
  if (prefix !== undefined) return { prefix };
  return all === true ? { all } : problem("invalid-field", "all: write true");
}
