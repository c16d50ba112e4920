import { Lru } from "../../runtime/lru.ts";
import type { Forbidden } from "../read/driver-reads.ts";
import { type SessionEffect, sessionEffect } from "../sql/effects/session-effect.ts";
import { TEXTS } from "./answers.ts";
import type { PgClient, PgResult, PooledClient } from "./shapes.ts";

/** Whether a connection is as its pool made it: no setting, no role and no temporary tables of somebody's. */
const UNCHANGED_SQL = `select current_user = session_user and pg_catalog.pg_my_temp_schema() = 0
  and not exists (select from pg_catalog.pg_settings where source = 'session') as unchanged`;

/** What is known of a connection by what was sent over it. */
export class Connection {
  #isInTransaction = false;
  /** Somebody has changed its settings, its role or its temporary tables. */
  isChanged = false;
  /** Something was called that may have changed it. */
  #isSuspect = false;
  /** Settled when all that was asked before has been sent, or answered without being sent. */
  tail: Promise<void> | undefined;

  /** Notes a statement, in the order of the calls. */
  note(effect: SessionEffect): void {
    if (effect === "begin") this.#isInTransaction = true;
    if (effect === "end") this.#isInTransaction = false;
    if (effect === "lasting") this.isChanged = true;
    if (effect === "unknown") this.#isSuspect = true;
  }

  /** Why nothing that is read over it now may be cached; a connection that is suspect must be looked at before. */
  forbidden(client: PgClient): Forbidden {
    if (this.isChanged) return "connection";
    const status = (client as Partial<PooledClient>).getTransactionStatus?.() ?? "I";
    return this.#isInTransaction || status !== "I" ? "transaction" : undefined;
  }

  /** Looks whether what was called has changed anything. Outside of a transaction only. */
  async verify(client: PgClient): Promise<void> {
    if (!this.#isSuspect || this.forbidden(client) !== undefined) return;
    this.#isSuspect = false;
    const unchanged = await client.query({ text: UNCHANGED_SQL, types: TEXTS }).then(
      ({ rows: [row] }: PgResult) => (row as { readonly unchanged: string }).unchanged === "t",
      () => false,
    );
    if (!unchanged) this.isChanged = true;
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
