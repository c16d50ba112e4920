import { setTimeout as sleep } from "node:timers/promises";
import type { Sql } from "postgres";
import { Webhook } from "standardwebhooks";
import { NUDGE_SECRET } from "../../../demo/capture.ts";
import { WEBHOOK_SECRET } from "../../../testing/gateway/stack.ts";
import type { Figures } from "../judge/figures.ts";
import type { Truth } from "../judge/truth.ts";
import type { ProcessStack } from "../processes/process-stack.ts";
import type { Choices } from "./choices.ts";
import { GOOD, type Network } from "./network.ts";

/** Carries the database's messages to the gateway: webhooks, or nudges to pull. */
export class Carrier {
  network: Network = GOOD;
  /** Relations whose webhooks are all lost. */
  readonly deaf = new Set<string>();
  readonly #stack: ProcessStack;
  readonly #truth: Truth;
  readonly #figures: Figures;
  readonly #random: Choices;
  readonly #underWay = new Set<Promise<void>>();
  readonly #stop: () => Promise<void>;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    stack: ProcessStack,
    truth: Truth,
    figures: Figures,
    random: Choices,
    stop: () => Promise<void>,
  ) {
    this.#stack = stack;
    this.#truth = truth;
    this.#figures = figures;
    this.#random = random;
    this.#stop = stop;
  }

  static async start(stack: ProcessStack, truth: Truth, figures: Figures, random: Choices): Promise<Carrier> {
    const sql = stack.postgres.sql({ max: 1, backoff: () => 0.1, fetch_types: false });
    const carrier = new Carrier(stack, truth, figures, random, () => sql.end({ timeout: 1 }));
    if (stack.changes === "pulled") {
      await sql.listen("tidemark", () => carrier.#send("nudge", () => carrier.#nudge()));
    } else {
      await sql.listen("webhooks", () => carrier.#collect(sql));
    }
    return carrier;
  }

  /** Resolves when every message has arrived or is lost. */
  async settled(): Promise<void> {
    await this.#last;
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async stop(): Promise<void> {
    await this.settled();
    await this.#stop();
  }

  #collect(sql: Sql): void {
    this.#last = this.#last
      .catch(() => {})
      .then(async () => {
        const rows = await sql<{ payload: string }[]>`
        with taken as (delete from webhooks.queue returning *) select payload from taken order by id`;
        for (const { payload } of rows) this.#send("webhook", () => this.#webhook(payload), payload);
      });
  }

  #send(kind: "nudge" | "webhook", send: () => Promise<void>, payload = ""): void {
    const { lost, twice, lateMs } = this.network;
    const isDeaf = payload !== "" && this.deaf.has((JSON.parse(payload) as Payload).table);
    if (isDeaf || this.#random.chance(lost)) {
      this.#figures.fault(`${kind} lost`);
      return;
    }
    const times = this.#random.chance(twice) ? 2 : 1;
    if (times === 2) this.#figures.fault(`${kind} twice`);
    for (let time = 0; time < times; time++) {
      const late = this.#random.below(lateMs + 1);
      if (late > 0) this.#figures.fault(`${kind} late`);
      // The gateway may be down: a message is not sent again.
      const sent = sleep(late)
        .then(send)
        .catch(() => this.#figures.fault(`${kind} not taken`));
      this.#underWay.add(sent);
      sent.finally(() => this.#underWay.delete(sent));
    }
  }

  async #webhook(payload: string): Promise<void> {
    await this.#post("webhook", payload, { authorization: `Bearer ${WEBHOOK_SECRET}` });
    const { table, record, old_record } = JSON.parse(payload) as Payload;
    const at = performance.now();
    if (record) this.#truth.heard(table, record.id, record.version, at);
    else if (old_record) this.#truth.heard(table, old_record.id, old_record.version + 1, at);
  }

  async #nudge(): Promise<void> {
    const id = crypto.randomUUID();
    const body = "{}";
    const now = new Date();
    await this.#post("nudge", body, {
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)),
      "webhook-signature": new Webhook(NUDGE_SECRET).sign(id, now, body),
    });
  }

  async #post(path: string, body: string, headers: Record<string, string>): Promise<void> {
    const response = await fetch(`${this.#stack.gateway.url}/_tidemark/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
      signal: AbortSignal.timeout(10_000),
    });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
  }
}

interface Payload {
  readonly table: string;
  readonly record: { readonly id: number; readonly version: number } | null;
  readonly old_record: { readonly id: number; readonly version: number } | null;
}
