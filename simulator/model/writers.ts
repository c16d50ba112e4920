import type { Random } from "../../testing/random.ts";
import type { Transaction } from "../database/postgres.ts";
import { isDefinition, type Statement } from "../database/statement.ts";
import type { Cause } from "../database/truth.ts";
import type { WriteEvent } from "../history/history.ts";
import type { Client } from "../readers/client.ts";
import type { Conditions } from "./conditions.ts";
import type { KeeperHost } from "./keeper-host.ts";
import type { Server } from "./server.ts";

/** The time from a transaction's preparation to its commit. */
const PREPARED_MS = 20_000;

/** Writes to the database, and sends the keeper webhooks if changes come that way. */
export class Writers {
  readonly #conditions: Conditions;
  readonly #server: Server;
  readonly #host: KeeperHost;

  constructor(conditions: Conditions, server: Server, host: KeeperHost) {
    this.#conditions = conditions;
    this.#server = server;
    this.#host = host;
  }

  /** Statements are spread over the transaction's duration; one that meets a lock is skipped. */
  write({ statements, lasts, end }: WriteEvent, client: Client | undefined, random: Random): void {
    const { timeline, postgres, settings } = this.#conditions;
    const transaction = postgres.begin();
    const start = timeline.now;
    for (const [index, statement] of statements.entries()) {
      // Webhooks do not report DDL: until the keeper reads the schema again, it judges them by an outdated one.
      if (settings.changesCome === "by-webhook" && isDefinition(statement)) continue;
      const at = start + (lasts * index) / statements.length;
      timeline.at(at, () => this.#execute(transaction, statement));
    }
    timeline.at(start + lasts, () => {
      if (end === "rollback") postgres.rollback(transaction);
      if (end === "prepare") transaction.prepared = true;
      if (end === "prepare") timeline.after(PREPARED_MS, () => this.#commit(transaction, client, random));
      if (end === "commit") this.#commit(transaction, client, random);
    });
  }

  #execute(transaction: Transaction, statement: Statement): void {
    const { postgres, tally } = this.#conditions;
    if (postgres.execute(transaction, statement, this.#server.now()) && isDefinition(statement))
      tally.fault(statement.op);
  }

  #commit(transaction: Transaction, client: Client | undefined, random: Random): void {
    const { postgres, api, timeline, tally, settings, weather } = this.#conditions;
    if (!postgres.commit(transaction)) return;
    tally.commits++;
    const isPulled = settings.changesCome === "by-pull";
    const cause: Cause = { toldAt: isPulled ? timeline.now : Number.POSITIVE_INFINITY };
    if (transaction.effects.some(({ kind }) => kind === "definition")) api.reload(random);
    api.note(cause);
    if (isPulled && settings.nudges) this.#nudge(random);
    if (!isPulled) this.#webhooks(transaction, cause, random);
    if (!client || !isPulled) return;
    const acknowledged = weather.delay("notice", random);
    timeline.after(acknowledged, () => client.wrote(cause, timeline.now));
  }

  /** A webhook may be lost, late or sent twice. */
  #nudge(random: Random): void {
    const { weather } = this.#conditions;
    const times = weather.happens("notice-twice", random) ? 2 : 1;
    for (let time = 0; time < times; time++) {
      this.#deliver(random, () => this.#host.call(random, (object) => object.nudge())).catch(() => {});
    }
  }

  /** One webhook a row, in any order, without retries. TRUNCATE and DDL send none. */
  #webhooks({ xid }: Transaction, cause: Cause, random: Random): void {
    const { postgres, build, timeline } = this.#conditions;
    const rows = postgres.state.outbox.filter(({ xmin }) => xmin === xid);
    const told = rows.map(({ op, table, record, old }) => {
      if (op === "TRUNCATE" || op === "FLUSH") return Promise.reject(new Error("nobody tells of it"));
      const payload = JSON.stringify({ type: op, schema: "public", table, record, old_record: old });
      const change = build.toWire(build.changeFromWebhook(payload));
      return this.#deliver(random, () => this.#host.call(random, (object) => object.ingest([change])));
    });
    Promise.all(told).then(
      () => {
        cause.toldAt = timeline.now;
      },
      () => {},
    );
  }

  async #deliver(random: Random, call: () => Promise<unknown>): Promise<void> {
    const { timeline, weather } = this.#conditions;
    await timeline.sleep(weather.delay("notice", random));
    if (weather.happens("notice-lost", random)) throw new Error("lost");
    await call();
  }
}
