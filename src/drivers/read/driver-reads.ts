import type { RowMap } from "../../rows/row-map.ts";
import { Rows } from "../../rows/rows.ts";
import type { PassThroughReason } from "../sql/pass-through.ts";
import { planOf } from "../sql/plan.ts";
import type { CachePort, CachePortOptions } from "./cache-port.ts";
import { type DriverEvent, type DriverOptions, optionsFor, type QueryOptions } from "./options.ts";
import { ISOLATE_WRITES, type IsolateWrites } from "./own-writes.ts";
import { type CatalogueSource, type KnownStatement, keyPart, NotHere, type Plans } from "./plans.ts";
import { DriverStatistics } from "./statistics.ts";

/** What all requests of an isolate share of a database. */
export interface DriverState {
  readonly plans: Plans;
  readonly writes: IsolateWrites;
  readonly statistics: DriverStatistics;
}

export const driverState = (plans: Plans, writes = ISOLATE_WRITES): DriverState => ({
  ...{ plans, writes },
  statistics: new DriverStatistics(),
});

/** A statement to be answered. `Raw` is what the database is asked for, to be kept; `Answer` is what the caller gets. */
export interface Request<Raw, Answer> {
  readonly sql: string;
  /** As the database gets them. */
  readonly parameters: readonly unknown[];
  /** The parameters, so that equal texts are equal parameters; undefined: they cannot be told apart. */
  readonly parameterKey: string | undefined;
  /** How the answer is shaped: answers of one shape are one entry. */
  readonly shape: string;
  /** What is known of the database, or how to ask. */
  readonly catalogue: CatalogueSource;
  /** Asked once it could be answered from the cache: why it may not be after all. Never rejects. */
  forbidden?(): Promise<Forbidden>;
  /** Sends it as it came. */
  send(): Promise<Answer>;
  /** Asks so that the answer can be kept. */
  ask(): Promise<Raw>;
  /** As JSON; undefined: it cannot be kept. */
  keep(raw: Raw): unknown;
  /** For the caller that has waited for the database; undefined: it must be sent as it came. */
  direct(raw: Raw): Answer | undefined;
  /** Of what was kept. */
  decode(value: unknown, ageMs: number): Answer;
}

/** Longer ones would fill memory with keys. */
const MAX_KEY_LENGTH = 16_384;

/** Databases end a statement themselves. */
const HARD_TIMEOUT_SECONDS = 120;

/** A listener that fails must not fail a read. */
function heard(listener: QueryOptions["onEvent"], event: DriverEvent): void {
  try {
    listener?.(event);
  } catch {
    // It is the listener's.
  }
}

interface Planned {
  readonly key: string;
  readonly map: RowMap;
  readonly tables: readonly string[];
  readonly options: CachePortOptions;
}

interface Passed {
  readonly reason: PassThroughReason;
  readonly detail: string;
  readonly error?: unknown;
}

const passed = (reason: PassThroughReason, detail = ""): Passed => ({ reason, detail });

/** Why nothing may be cached here, whatever the statement is. */
export type Forbidden = PassThroughReason | undefined;

/** Reads through a cache, and writes past it. */
export class DriverReads {
  readonly cache: CachePort;
  readonly state: DriverState;
  readonly #options: DriverOptions;
  readonly #query: QueryOptions;

  constructor(cache: CachePort, state: DriverState, options: DriverOptions, query: QueryOptions = {}) {
    this.cache = cache;
    this.state = state;
    this.#options = options;
    this.#query = query;
  }

  with(query: QueryOptions): DriverReads {
    const { tags = [], onEvent: listener } = this.#query;
    const onEvent = (event: DriverEvent) => {
      heard(listener, event);
      heard(query.onEvent, event);
    };
    const merged = { ...this.#query, ...query, onEvent, tags: [...tags, ...(query.tags ?? [])] };
    return new DriverReads(this.cache, this.state, this.#options, merged);
  }

  /** Answers a statement, from the cache if it may. @throws what the database throws, unchanged */
  async read<Raw, Answer>(request: Request<Raw, Answer>, forbidden?: Forbidden): Promise<Answer> {
    const known = this.state.plans.of(request.sql);
    if (known.mayWrite) return this.write(request.sql, request.send);
    const planned = forbidden ? passed(forbidden) : await this.#plan(request, known);
    if ("reason" in planned) {
      const { reason, detail, error } = planned;
      this.report({
        type: "pass-through",
        sql: request.sql,
        reason,
        detail,
        ...(error !== undefined && { error }),
      });
      return request.send();
    }
    return this.#lookup(request, planned);
  }

  /** Sends a statement on that may write. @throws what `ask` throws */
  write<Raw>(sql: string, ask: () => Promise<Raw>): Promise<Raw> {
    const { statement } = this.state.plans.of(sql);
    const { reason, detail } = statement.kind === "refused" ? statement : passed("not-a-read");
    this.report({ type: "pass-through", sql, reason, detail });
    return this.writing(ask);
  }

  /** Does something that may write. @throws what `ask` throws */
  async writing<Raw>(ask: () => Promise<Raw>): Promise<Raw> {
    const { writes } = this.state;
    writes.wrote();
    try {
      return await ask();
    } finally {
      writes.wrote();
    }
  }

  report(event: DriverEvent): void {
    this.state.statistics.count(event);
    heard(this.#options.onEvent, event);
    heard(this.#query.onEvent, event);
  }

  async #plan(
    request: Pick<
      Request<unknown, unknown>,
      "parameters" | "parameterKey" | "shape" | "catalogue" | "forbidden"
    >,
    known: KnownStatement,
  ): Promise<Planned | Passed> {
    const { parameters, parameterKey, shape, catalogue } = request;
    const { statement } = known;
    if (statement.kind === "refused") return statement;
    if (parameterKey === undefined) return passed("parameter");
    const key = `${keyPart(this.#options.name ?? "sql")}:${shape}:${known.inKey}:${keyPart(parameterKey)}`;
    if (key.length > MAX_KEY_LENGTH) return passed("too-long");
    if ((await this.cache.followed()) === undefined) return passed("no-map");
    if (!(await this.state.writes.areKnown(this.cache))) return passed("own-write");
    const map = await this.cache.followed();
    if (map === undefined) return passed("no-map");
    try {
      const plan = planOf(await this.state.plans.outline(known, map, catalogue), parameters);
      if (plan.kind === "pass") return plan;
      const { tables, where = {} } = plan;
      const options = optionsFor(this.#options, this.#query, tables, map);
      if ("unlisted" in options) return passed("unlisted-table", options.unlisted);
      const forbidden = await request.forbidden?.();
      if (forbidden !== undefined) return passed(forbidden);
      const reads = tables.map((table) => new Rows(table, where));
      return { key, map, tables, options: { ...options, reads } };
    } catch (error) {
      if (error instanceof NotHere) return passed(error.reason);
      return { ...passed("cache-failed"), error };
    }
  }

  async #lookup<Raw, Answer>(request: Request<Raw, Answer>, planned: Planned): Promise<Answer> {
    const { sql } = request;
    const { tables, key, map, options } = planned;
    let raw: { readonly answer: Raw } | undefined;
    let failure: { readonly error: unknown } | undefined;
    const load = async () => {
      // What the plan knew holds as of this load's position only if the map is still the one (R5).
      const now = this.cache.followed();
      try {
        const asked = request.ask();
        asked.catch(() => {});
        const isSame = (await now) === map;
        const answer = await asked;
        raw = { answer };
        return isSame ? request.keep(answer) : undefined;
      } catch (error) {
        failure = { error };
        throw error;
      }
    };
    let passedFor: Passed = passed("cache-failed");
    try {
      const found = await this.cache.lookup(key, load, { hardTimeout: HARD_TIMEOUT_SECONDS, ...options });
      const { status, ageMs, value } = found;
      const isServed = status === "hit" || status === "stale";
      if (status === "stale" && this.state.writes.mayFollow(ageMs)) passedFor = passed("own-write");
      else {
        // The answer of this call's own load is what the database gave.
        const answer = raw !== undefined && !isServed ? request.direct(raw.answer) : undefined;
        const served = answer ?? (value === undefined ? undefined : request.decode(value, ageMs));
        if (served !== undefined) {
          this.report({ type: status === "bypass" ? "miss" : status, sql, tables, ageMs });
          return served;
        }
        passedFor = passed("not-kept");
      }
    } catch (error) {
      if (failure !== undefined) throw failure.error;
      passedFor = { ...passedFor, error };
    }
    this.report({ type: "pass-through", sql, ...passedFor });
    return request.send();
  }
}
