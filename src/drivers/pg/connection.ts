import { Lru } from "../../runtime/lru.ts";
import type { Forbidden } from "../read/driver-reads.ts";
import { type SessionEffect, sessionEffect } from "../sql/effects/session-effect.ts";
import { isUntouched, sessionState } from "./session-state.ts";
import type { PgClient, PooledClient } from "./shapes.ts";

/**
 * What is known of a connection by what was sent over it. Reads that the driver has understood change nothing; whatever else
 * is sent may have: a trigger, a default, a rule, a view or a function may call `set_config`. So after that, nothing is
 * answered from the cache in its place, and nothing that it answers is kept, before it has been looked at.
 */
export class Connection {
  #isInTransaction = false;
  /** Somebody has changed its settings, its role or its temporary tables. */
  isChanged = false;
  /** How often something was sent over it that may have changed it. */
  #sent = 0;
  /** How much of that had been sent when it was last known to be as its pool made it. */
  #provenAt = 0;
  /** How its pool's listeners made it, if it has any. */
  #began: string | undefined;
  /** How often its pool had lent it when the driver last got it. */
  #uses: number | undefined;
  /** Those connections of its pool that are not known to be as the pool made them. */
  suspects: Set<unknown> | undefined;
  /** Settled when all that was asked before has been sent, or answered without being sent. */
  tail: Promise<void> | undefined;

  get isProven(): boolean {
    return !this.isChanged && this.#provenAt === this.#sent;
  }

  /**
   * Called for each time that the pool lends it.
   *
   * @param uses how often the pool has got it back; undefined: it does not count
   * @returns whether nobody has had it before
   */
  lent(uses: number | undefined): boolean {
    const isFirst = this.#uses === undefined;
    const expected = this.#uses === undefined ? 0 : this.#uses + 1;
    // Somebody may have had it from the pool itself, unseen.
    if (uses !== undefined && uses !== expected) this.sends();
    this.#uses = uses ?? 0;
    return isFirst && this.isProven;
  }

  /** Called before anything is sent over it but a read that is understood. */
  sends(): void {
    this.#sent++;
    this.suspects?.add(this);
  }

  /** Notes a statement, in the order of the calls. */
  note(effect: SessionEffect): void {
    if (effect === "begin") this.#isInTransaction = true;
    if (effect === "end") this.#isInTransaction = false;
    if (effect === "lasting") this.isChanged = true;
  }

  /** Why nothing that is read over it now may be cached, as far as that is known without looking at it. */
  forbidden(client: PgClient): Forbidden {
    if (this.isChanged) return "connection";
    const status = (client as Partial<PooledClient>).getTransactionStatus?.() ?? "I";
    return this.#isInTransaction || status !== "I" ? "transaction" : undefined;
  }

  /** Notes how it is before anybody but its pool's listeners has sent anything over it. */
  async begins(client: PgClient): Promise<void> {
    this.#began = await sessionState(client);
  }

  /** Looks whether what was sent has changed anything. Outside of a transaction only. */
  async verify(client: PgClient): Promise<void> {
    if (this.isProven || this.forbidden(client) !== undefined) return;
    const sent = this.#sent;
    const state = await sessionState(client);
    const isUnchanged =
      state !== undefined && (this.#began === undefined ? isUntouched(state) : state === this.#began);
    if (!isUnchanged) this.isChanged = true;
    else this.#provenAt = sent;
    if (this.isProven) this.suspects?.delete(this);
  }

  /** Why nothing that is read over it now may be cached, looking at it where that is not known. */
  async verified(client: PgClient): Promise<Forbidden> {
    await this.verify(client);
    // Something may have been sent in the meantime.
    return this.forbidden(client) ?? (this.isProven ? undefined : "connection");
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
