import type { Asked, PrismaOutcome } from "./calls.ts";
import type { CachedDatabase, StatementEvent, ViewOptions } from "./driver.ts";

/** All that a client has cached has it, so that it can be forgotten at once. No strategy's tag can be the same. */
export const EVERYTHING = "accelerate:everything";

/** The view of a database by which a statement runs. */
export function viewFor(database: CachedDatabase, { asks, calls }: Asked): CachedDatabase {
  const onEvent = (event: StatementEvent) => {
    // The driver does not know of transactions on D1, where there are none.
    const outcome = outcomeOf(event, asks === "transaction" ? asks : undefined);
    for (const { outcomes } of calls) outcomes.push(outcome);
  };
  const options: ViewOptions = { onEvent, tags: [EVERYTHING] };
  if (asks === "driver") return database.with(options);
  if (typeof asks === "string") return database.with(options).fresh;
  return database.with({
    ...options,
    ttl: `${asks.ttl}s`,
    staleWhileRevalidate: `${asks.swr}s`,
    tags: [EVERYTHING, ...asks.tags],
  });
}

function outcomeOf(event: StatementEvent, reason: string | undefined): PrismaOutcome {
  const now = Date.now();
  if (event.type === "pass-through") return { status: "passed", at: now, reason: reason ?? event.reason };
  return { status: event.type, at: event.type === "miss" ? now : now - event.ageMs };
}
