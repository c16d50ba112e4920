// A keeper that hears of the changes that the triggers of `told-d1.ts` have written down.

import { libraryKeeper } from "../../../../fence/library-fence.ts";
import type { RowPageRequest, RowSource } from "../../../../rows/row-source.ts";
import { MAP } from "../told-d1.ts";

export const Keeper = libraryKeeper((env: { readonly DB: D1Database }) => toldD1(env.DB));

export default { fetch: () => new Response() };

function toldD1(database: D1Database): RowSource {
  return {
    followed: async () => ({ version: 1, map: MAP }),
    prune: async () => {},
    async changes({ since, upto, after }: RowPageRequest): Promise<string> {
      const last = await database
        .prepare("SELECT coalesce(max(number), 0) AS last FROM told")
        .first<number>("last");
      const end = Number(upto ?? last);
      const { results } = await database
        .prepare("SELECT number, change FROM told WHERE number > ? AND number <= ? ORDER BY number")
        .bind(Number(after ?? since ?? end), end)
        .all<{ readonly number: number; readonly change: string }>();
      return JSON.stringify({
        ...{ incarnation: "1", started: "", schemaVersion: 1, snapshot: String(end), flush: false },
        changes: results.map(({ change }) => ({ ...JSON.parse(change), writtenAt: Date.now() })),
        ...{ now: Date.now(), last: results.at(-1)?.number ?? null, more: false, prunedAt: Date.now() },
      });
    },
  };
}
