import { settle, VirtualClock } from "../../runtime/virtual-clock.ts";
import { PullFeed } from "../changes/pull-feed.ts";
import type { PullEvent } from "../changes/pull-log.ts";
import type { Batch, PullRequest, Sql } from "../ports/ports.ts";
import { Meta } from "../storage/meta.ts";
import { migrate } from "../storage/migrations.ts";

export const PAGE = {
  incarnation: "database-1",
  started: "1",
  schemaVersion: 3,
  snapshot: "10:10:",
  flush: false,
  changes: [] as object[],
  last: null as number | null,
  more: false,
  now: 5_000,
};

export const row = (id: number) => ({
  ...{ type: "INSERT", schema: "public", table: "articles", old_record: null, writtenAt: 4_990 },
  record: { id },
});

/** A feed over pages that the test gives, one by one. */
export function open(sql: Sql) {
  migrate(sql);
  const clock = new VirtualClock();
  const meta = new Meta(sql);
  const asked: { readonly request: PullRequest; readonly answer: (page: object | Error) => void }[] = [];
  const batches: Batch[] = [];
  const state = {
    version: 3 as number | null,
    refreshed: 0,
    reloads: 0,
    pruned: 0,
    pruneError: null as Error | null,
    failing: false,
  };
  const source = {
    changes: (request: PullRequest) => {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const answer = (page: object | Error) =>
        page instanceof Error ? reject(page) : resolve(JSON.stringify({ ...PAGE, ...page }));
      asked.push({ request, answer });
      return promise;
    },
    prune: async () => {
      state.pruned++;
      if (state.pruneError !== null) throw state.pruneError;
    },
  };
  const schema = {
    get version() {
      return state.version;
    },
    refresh: async () => {
      state.refreshed++;
      return state.version !== null;
    },
  };
  const take = (batch: Batch) => {
    if (state.failing) throw new Error("the storage cannot take it");
    batches.push(batch);
    batch.inSameTransaction();
  };
  const apiMayReload = () => {
    state.reloads++;
    return false;
  };
  const events: PullEvent[] = [];
  const tell = (event: PullEvent) => void events.push(event);
  const start = () => new PullFeed({ source, meta, schema, tell }, { clock, take, apiMayReload });
  const pull = async (feed: PullFeed, ...pages: (object | Error)[]) => {
    await clock.advance(10);
    const reached = feed.reach(clock.now());
    for (const page of pages) {
      await settle();
      asked.at(-1)?.answer(page);
    }
    return reached;
  };
  return { clock, meta, asked, batches, state, start, pull, events };
}
