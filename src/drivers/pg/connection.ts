import { Lru } from "../../runtime/lru.ts";
import type { Forbidden } from "../read/driver-reads.ts";
import { type SessionEffect, sessionEffect } from "../sql/effects/session-effect.ts";
import type { PgClient, PooledClient } from "./shapes.ts";

/** What is known of a connection by what was sent over it. */
export class Connection {
  #isInTransaction = false;
  #isChanged = false;
  /** Settled when all that was asked before has been sent, or answered without being sent. */
  tail: Promise<void> | undefined;

  /** Notes a statement, in the order of the calls. */
  note(effect: SessionEffect): void {
    if (effect === "begin") this.#isInTransaction = true;
    if (effect === "end") this.#isInTransaction = false;
    if (effect === "lasting") this.#isChanged = true;
  }

  /** Why nothing that is read over it now may be cached. */
  forbidden(client: PgClient): Forbidden {
    if (this.#isChanged) return "connection";
    const status = (client as Partial<PooledClient>).getTransactionStatus?.() ?? "I";
    return this.#isInTransaction || status !== "I" ? "transaction" : undefined;
  }
}

const CONNECTIONS = new WeakMap<PgClient, Connection>();

/** By the driver's own client, which a pool lends again and again. */
export function connectionOf(client: PgClient): Connection {
  const known = CONNECTIONS.get(client);
  if (known !== undefined) return known;
  const fresh = new Connection();
  CONNECTIONS.set(client, fresh);
  return fresh;
}

const EFFECTS = new Lru<SessionEffect>({ maxEntries: 2_000, maxBytes: 4 * 1024 * 1024 });

export function effectOfText(sql: string): SessionEffect {
  const known = EFFECTS.get(sql);
  if (known !== undefined) return known;
  const effect = sessionEffect(sql);
  EFFECTS.set(sql, effect, sql.length * 2);
  return effect;
}
