import { isDeepStrictEqual } from "node:util";
import type { Query } from "../traffic/queries.ts";
import type { State, Truth, Version } from "./truth.ts";

/** An answer of 200, as its reader saw it. Times in milliseconds, of this process' clock. */
export interface Seen {
  readonly query: Query;
  readonly rows: readonly State[];
  /** Just before it was asked for. */
  readonly askedAt: number;
  /** Just after it was there. */
  readonly answeredAt: number;
}

export interface Age {
  /** Since the first change came due that the answer does not reflect. `Infinity`: it was never true, or not lately. */
  readonly ms: number;
  /** The row that is so old. */
  readonly row: string | null;
}

/** The moment from which an answer must reflect a change, its bound aside: its commit, or what the promise counts from. */
export type Due = (version: Version) => number;

/** Longer than any bound: an older answer is wrong in any case. */
const OLDEST_MS = 60_000;

/** One way in which a row may have been: as `version` left it, with no later change reflected. */
interface Way {
  readonly state: State | null;
  readonly ms: number;
}

/**
 * The age of an answer, row by row: for each row that may be in it, the youngest of the states (of the row, and of
 * those that decide whether it is shown) that explain what the answer shows of it.
 */
export function ageOf(truth: Truth, seen: Seen, due: Due): Age {
  return new Judgement(truth, seen, due).age();
}

class Judgement {
  readonly #truth: Truth;
  readonly #seen: Seen;
  readonly #due: Due;
  /** Of rows that others need, which many rows have in common. */
  readonly #needed = new Map<string, readonly Way[]>();

  constructor(truth: Truth, seen: Seen, due: Due) {
    this.#truth = truth;
    this.#seen = seen;
    this.#due = due;
  }

  age(): Age {
    const { table } = this.#seen.query;
    const shown = new Map(this.#seen.rows.map((row) => [Number(row.id), row]));
    let oldest: Age = { ms: 0, row: null };
    for (const id of new Set([...this.#truth.ids(table), ...shown.keys()])) {
      const row = `${table}/${id}`;
      const ms = this.#ageOfRow(row, shown.get(id));
      if (ms > oldest.ms) oldest = { ms, row };
    }
    return oldest;
  }

  #ageOfRow(row: string, shown: State | undefined): number {
    let best = Number.POSITIVE_INFINITY;
    for (const own of this.#ways(row)) {
      if (own.ms >= best) break;
      for (const { states, ms } of this.#combinations(own)) {
        if (ms >= best) continue;
        const shows = own.state && this.#seen.query.shows(own.state, states);
        if (this.#explains(shown, shows)) best = ms;
        if (best <= own.ms) break;
      }
    }
    return best;
  }

  #explains(shown: State | undefined, shows: State | null): boolean {
    if (shown) return shows !== null && isSubset(shows, shown);
    if (shows === null) return true;
    const { query, rows } = this.#seen;
    const last = query.page && rows.length >= query.page.limit ? rows.at(-1) : undefined;
    return last !== undefined && query.page?.before(last, shows) === true;
  }

  /** Of the rows that decide whether this one is shown; with one's own way, the oldest counts. */
  *#combinations({ state, ms }: Way): Generator<{ states: (State | null)[]; ms: number }> {
    const needed = state ? this.#seen.query.needs(state) : [];
    const all = needed.map((row) => this.#waysNeeded(row));
    function* from(
      index: number,
      states: (State | null)[],
      oldest: number,
    ): Generator<{ states: (State | null)[]; ms: number }> {
      const next = all[index];
      if (!next) yield { states, ms: oldest };
      else for (const way of next) yield* from(index + 1, [...states, way.state], Math.max(oldest, way.ms));
    }
    yield* from(0, [], ms);
  }

  #waysNeeded(row: string): readonly Way[] {
    const known = this.#needed.get(row);
    if (known) return known;
    const found = [...this.#ways(row)];
    this.#needed.set(row, found);
    return found;
  }

  /** The youngest first. */
  *#ways(row: string): Generator<Way> {
    const { askedAt, answeredAt } = this.#seen;
    const versions = this.#truth.versions(row);
    let ms = 0;
    for (let index = versions.length - 1; index >= 0 && ms < OLDEST_MS; index--) {
      const version = versions[index] as Version;
      if (version.transaction.commitAt <= answeredAt) yield { state: version.state, ms };
      ms = Math.max(ms, askedAt - this.#due(version));
    }
  }
}

/** Every column known here is as shown; others may have been added. */
function isSubset(shows: State, shown: State): boolean {
  return Object.entries(shows).every(([column, value]) => isDeepStrictEqual(shown[column], value));
}
