import { isDeepStrictEqual } from "node:util";
import type { Query } from "../traffic/queries.ts";
import type { State, Truth, Version } from "./truth.ts";

/** A 200 answer, as its reader saw it. Times in milliseconds on this process' clock. */
export interface Seen {
  readonly query: Query;
  readonly rows: readonly State[];
  /** Just before the request. */
  readonly askedAt: number;
  /** Just after the answer arrived. */
  readonly answeredAt: number;
}

export interface Age {
  /** Time since the first change that the answer should reflect and does not. `Infinity`: never true, or not lately. */
  readonly ms: number;
  /** The row that is this old. */
  readonly row: string | null;
}

/** When an answer must reflect a change, apart from its bound: the commit, or what the promise counts from. */
export type Due = (version: Version) => number;

/** Longer than any bound: an older answer is wrong in any case. */
const OLDEST_MS = 60_000;

/** One possible state of a row: as `version` left it, with no later change reflected. */
interface Way {
  readonly state: State | null;
  readonly ms: number;
}

/**
 * The age of an answer, row by row. For each row that may be in it: the youngest states, of the row and of those that
 * decide whether it is shown, that explain what the answer shows.
 */
export function ageOf(truth: Truth, seen: Seen, due: Due): Age {
  return new Judgement(truth, seen, due).age();
}

class Judgement {
  readonly #truth: Truth;
  readonly #seen: Seen;
  readonly #due: Due;
  /** Ages of rows that others need; many rows share these. */
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

  /** For the rows that decide whether this one is shown and the row itself, the oldest counts. */
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

/** Every column known here has the shown value; others may have been added. */
function isSubset(shows: State, shown: State): boolean {
  return Object.entries(shows).every(([column, value]) => isDeepStrictEqual(shown[column], value));
}
