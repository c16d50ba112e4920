import * as v from "valibot";
import type { Paint } from "../../print/paint.ts";
import { countedOf, durationOf } from "../../print/quantities.ts";
import { printable } from "../../print/table.ts";

const changeShape = v.object({
  at: v.string(),
  relation: v.nullable(v.string()),
  operation: v.string(),
  row: v.nullable(v.record(v.string(), v.string())),
  lagMs: v.nullable(v.number()),
  invalidated: v.number(),
});
const changesShape = v.object({ changes: v.array(changeShape) });

/** A change that the keeper has heard of, as `GET /_tidemark/changes` tells it. */
export type HeardChange = v.InferOutput<typeof changeShape>;

/** When to look after a request, in milliseconds: a nudge's pull may take a moment. */
const LOOKS = [250, 2_000];

/** At most so many lines at once: a bulk update has a hundred. */
const MOST = 10;

/**
 * Prints the changes that a gateway has heard of. It looks after requests only, because a gateway that nobody asks pulls
 * nothing.
 */
export class HeardChanges {
  readonly #print: (line: string) => void;
  readonly #paint: Paint;
  readonly #ask: () => Promise<unknown>;
  #seen: ReadonlySet<string> = new Set();
  #planned: NodeJS.Timeout[] = [];
  #looking: Promise<void> = Promise.resolve();

  /** @param ask the answer of `GET /_tidemark/changes`; undefined: there is none now */
  constructor(ask: () => Promise<unknown>, print: (line: string) => void, paint: Paint) {
    this.#ask = ask;
    this.#print = print;
    this.#paint = paint;
  }

  /** A request was answered. */
  soon(): void {
    if (this.#planned.length > 0) return;
    this.#planned = LOOKS.map((after) =>
      setTimeout(() => {
        if (after === LOOKS.at(-1)) this.#planned = [];
        this.#looking = this.#looking.then(() => this.look());
      }, after).unref(),
    );
  }

  /** Prints nothing of what it hears of now, such as that the keeper has begun anew. */
  async skip(): Promise<void> {
    await this.#fresh();
  }

  async look(): Promise<void> {
    const fresh = await this.#fresh();
    for (const change of fresh.slice(0, MOST)) this.#print(changeLine(change, this.#paint));
    const more = fresh.length - MOST;
    if (more > 0) this.#print(this.#paint("dim", `… and ${countedOf(more, "change")} more`));
  }

  /** Those that were not there the last time, oldest first. */
  async #fresh(): Promise<readonly HeardChange[]> {
    const answer = v.safeParse(changesShape, await this.#ask().catch(() => undefined));
    if (!answer.success) return [];
    const { changes } = answer.output;
    const texts = changes.map((change) => JSON.stringify(change));
    const fresh = changes.filter((_, at) => !this.#seen.has(texts[at] ?? "")).reverse();
    this.#seen = new Set(texts);
    return fresh;
  }

  stop(): void {
    for (const timer of this.#planned) clearTimeout(timer);
    this.#planned = [];
  }
}

/** In the columns of a request's line: `UPDATE        120 ms  1 query invalidated      public.articles id=1`. */
export function changeLine(
  { operation, lagMs, invalidated, relation, row }: HeardChange,
  paint: Paint,
): string {
  const key = Object.entries(row ?? {}).map(([column, value]) => ` ${column}=${value}`);
  // Of everything nobody counts how much that was.
  const isAll = relation === null;
  const what = isAll ? "all invalidated" : `${countedOf(invalidated, "query", "queries")} invalidated`;
  return [
    printable(operation).padEnd(11),
    (lagMs === null ? "" : durationOf(lagMs)).padStart(8),
    "",
    paint(invalidated === 0 && !isAll ? "dim" : "yellow", what.padEnd(34)),
    printable(`${relation ?? "everything"}${key.join("")}`),
  ].join(" ");
}
