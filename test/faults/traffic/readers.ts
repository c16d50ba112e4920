import { setTimeout as sleep } from "node:timers/promises";
import { PUBLISHABLE_KEY } from "../../../testing/gateway/stack.ts";
import type { Figures } from "../judge/figures.ts";
import { ageOf, type Due } from "../judge/judge.ts";
import type { State, Truth } from "../judge/truth.ts";
import type { Outages } from "../kinds/outages.ts";
import { ISOLATES, type ProcessStack } from "../processes/process-stack.ts";
import { BOUNDS, HOOKED_TTL_MS } from "../tidemark.config.ts";
import type { Choices } from "./choices.ts";
import { QUERIES, type Query } from "./queries.ts";

type Bound = (typeof BOUNDS)[number];

/**
 * The error of measurement: workerd's clock has whole milliseconds, and times are taken in another process than the
 * one that makes the promise.
 */
const SLACK_MS = 5;

/** An error of an undici socket that ended with workerd; it shows shortly after workerd is back. */
const AFTERMATH_MS = 300;

const ASKS: Readonly<Record<Bound, Record<string, string>>> = {
  0: { "cache-control": "no-cache" },
  1000: { "cache-control": "max-age=1" },
  10000: {},
};

/** Strict readers make the keeper pull for all, so what the others rely on shows only while no reader is strict. */
const MOODS: readonly (readonly Bound[])[] = [BOUNDS, [0], [1_000], [1_000], [10_000], [1_000, 10_000]];

/** A read that waits longer hangs. */
const HANGS_MS = 60_000;

export interface Reading {
  readonly stack: ProcessStack;
  readonly truth: Truth;
  readonly outages: Outages;
  readonly figures: Figures;
}

/** Readers that send one query after the other and judge each answer on arrival. */
export class Readers {
  readonly #parts: Reading;
  readonly #loops: Promise<void>[] = [];
  #stopped = false;
  #paused = false;
  #mood: readonly Bound[] = BOUNDS;

  constructor(parts: Reading) {
    this.#parts = parts;
  }

  /** Starts one loop for each of these. */
  start(choices: readonly Choices[]): void {
    this.#loops.push(...choices.map((random) => this.#loop(random)));
    const [first] = choices;
    if (first) this.#loops.push(this.#sway(first.next()));
  }

  /** No reads: the keeper sleeps. */
  pause(paused: boolean): void {
    this.#paused = paused;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  async #loop(random: Choices): Promise<void> {
    while (!this.#stopped) {
      await sleep(random.below(20));
      if (!this.#paused)
        await this.#read(random.pick(QUERIES), random.pick(this.#mood), random.pick(ISOLATES));
    }
  }

  async #sway(random: Choices): Promise<void> {
    while (!this.#stopped) {
      await sleep(500 + random.below(2_000));
      this.#mood = random.pick(MOODS);
    }
  }

  async #read(query: Query, bound: Bound, isolate: string): Promise<void> {
    const { truth, figures, stack } = this.#parts;
    const askedAt = performance.now();
    figures.reads++;
    const answer = await readOnce(stack, query, bound, isolate);
    const answeredAt = performance.now();
    const what = `${query.target} at ${isolate}, bound ${bound}`;
    if ("failed" in answer) return this.#failed(answer.failed, what, askedAt, answeredAt);
    figures.outcome(answer.cacheStatus);
    if (stack.changes === "pulled" && / hit;.*unproven/.test(answer.cacheStatus))
      figures.violation(`${answer.cacheStatus}: ${what}`);
    const { ms, row } = ageOf(truth, { query, rows: answer.rows, askedAt, answeredAt }, this.#due(bound));
    figures.age(bound, ms);
    if (ms <= bound + SLACK_MS) return;
    const shown = JSON.stringify(answer.rows.find(({ id }) => `${query.table}/${id}` === row) ?? null);
    const lately =
      row &&
      JSON.stringify(
        truth
          .versions(row)
          .slice(-4)
          .map((each) => [
            each.number,
            Math.round(askedAt - each.transaction.committedAt),
            Math.round(askedAt - each.heardAt),
            each.state,
          ]),
      );
    figures.violation(
      `${Math.round(ms)} ms old: ${what} (${answer.cacheStatus}): ${row} as ${shown}, was ${lately}`,
    );
  }

  async #failed(failed: string, what: string, askedAt: number, answeredAt: number): Promise<void> {
    const { outages, figures } = this.#parts;
    const part = outages.between(askedAt, answeredAt, AFTERMATH_MS);
    if (part === undefined)
      figures.violation(`${failed} after ${Math.round(answeredAt - askedAt)} ms: ${what}`);
    else figures.failedMeanwhile[part]++;
  }

  /** The bound counts from the commit (capture), from the webhook, or, if that is lost, from the end of the ttl. */
  #due(bound: Bound): Due {
    if (this.#parts.stack.changes === "pulled") return ({ transaction }) => transaction.committedAt;
    return ({ heardAt, transaction }) =>
      Math.min(heardAt, transaction.committedAt + Math.max(0, HOOKED_TTL_MS - bound));
  }
}

type Answer = { readonly rows: State[]; readonly cacheStatus: string } | { readonly failed: string };

export async function readOnce(
  stack: ProcessStack,
  query: Query,
  bound: Bound,
  isolate: string,
): Promise<Answer> {
  try {
    const response = await fetch(stack.gateway.urlOf(isolate) + query.target, {
      headers: { apikey: PUBLISHABLE_KEY, ...ASKS[bound] },
      signal: AbortSignal.timeout(HANGS_MS),
    });
    const text = await response.text();
    const cacheStatus = response.headers.get("cache-status") ?? "";
    if (response.status !== 200)
      return { failed: `${response.status} (${cacheStatus}) ${text.slice(0, 300)}` };
    return { rows: JSON.parse(text) as State[], cacheStatus };
  } catch (error) {
    const { message, cause } = error as Error;
    return { failed: `${message}: ${cause instanceof Error ? cause.message : ""}` };
  }
}
