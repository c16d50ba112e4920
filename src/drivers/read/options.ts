import { fullName, type RowMap } from "../../rows/row-map.ts";
import { type Duration, parseDuration } from "../../runtime/duration.ts";
import type { PassThroughReason } from "../sql/pass-through.ts";
import type { CachePortOptions } from "./cache-port.ts";

/** How long an answer lives. The options of a query win over those of its tables, and these over the driver's. */
export interface AnswerOptions {
  /** Time to live: a duration as in `createCache`. Default: the cache's. */
  readonly ttl?: Duration;
  /** How long after its time to live it is served while it is asked for again. Default: the cache's. */
  readonly staleWhileRevalidate?: Duration;
  /** How long after its time to live it is served when the database fails. Default: the cache's. */
  readonly staleIfError?: Duration;
}

/** Options of one query, of a view of the database: `db.with({ ttl: "1h" })`. */
export interface QueryOptions extends AnswerOptions {
  /** Names to invalidate answers by, besides the rows that they read: `cache.invalidateTags("prices")`. */
  readonly tags?: readonly string[];
  /** Hears of every statement, in the turn in which it is answered. What it throws is ignored. */
  readonly onEvent?: (event: DriverEvent) => void;
}

/** What a driver that caches can be told. */
export interface DriverOptions extends QueryOptions {
  /** Part of every key. Two databases behind one store need two names. */
  readonly name?: string;
  /**
   * The tables whose answers are kept, with or without their schema, and options of theirs; `"*"` is for all others. An
   * answer from several tables lives as long as the shortest of them. Default: all that the keeper hears of.
   */
  readonly tables?: readonly string[] | Readonly<Record<string, AnswerOptions>>;
  /**
   * A promise that no text in a column is a word for the present time, such as `now`, so that `date(created_at)` or
   * `title::date` may be kept. Default false.
   */
  readonly trustStoredTimes?: boolean;
}

/** What became of a statement. */
export type DriverEvent =
  | {
      readonly type: "hit" | "stale" | "miss";
      readonly sql: string;
      /** The tables that the answer depends on, by their full names. */
      readonly tables: readonly string[];
      /** How long ago the answer was asked for, milliseconds. */
      readonly ageMs: number;
    }
  | {
      readonly type: "pass-through";
      readonly sql: string;
      readonly reason: PassThroughReason;
      /** What it was, e.g. the function's name; may be empty. */
      readonly detail: string;
      /** With `cache-failed`. */
      readonly error?: unknown;
    };

type TableOptions = { readonly [Table in string]?: AnswerOptions };

/**
 * The options for an answer from these tables.
 *
 * @param tables full names
 * @returns the table that is not listed, if there is one
 * @throws RangeError for what is no duration
 */
export function optionsFor(
  { tables: listed, ...defaults }: DriverOptions,
  query: QueryOptions,
  tables: readonly string[],
  map: RowMap,
): Omit<CachePortOptions, "reads"> | { readonly unlisted: string } {
  const byName: TableOptions | undefined = Array.isArray(listed)
    ? Object.fromEntries((listed as readonly string[]).map((name) => [name, {}]))
    : (listed as TableOptions | undefined);
  const all: AnswerOptions[] = [];
  for (const table of tables) {
    if (byName === undefined) continue;
    const name = Object.keys(byName).find((one) => fullName(map, one) === table) ?? "*";
    const options = byName[name];
    if (options === undefined) return { unlisted: table };
    all.push(options);
  }
  const lives = (name: keyof AnswerOptions) =>
    query[name] ?? shortest(all.map((one) => one[name])) ?? defaults[name];
  const [ttl, staleWhileRevalidate, staleIfError] = [
    lives("ttl"),
    lives("staleWhileRevalidate"),
    lives("staleIfError"),
  ];
  return {
    tags: [...(defaults.tags ?? []), ...(query.tags ?? [])],
    ...(ttl !== undefined && { ttl }),
    ...(staleWhileRevalidate !== undefined && { staleWhileRevalidate }),
    ...(staleIfError !== undefined && { staleIfError }),
  };
}

function shortest(durations: readonly (Duration | undefined)[]): Duration | undefined {
  const said = durations.filter((duration) => duration !== undefined);
  return said.sort((one, other) => parseDuration(one) - parseDuration(other))[0];
}
