import type { DriverReads, Forbidden, Request } from "../read/driver-reads.ts";
import type { CatalogueSource } from "../read/plans.ts";
import { type Answer, answerOf, keepAnswer, keepRaw, rawOf } from "./answers.ts";
import type { CountedWrites } from "./counted-writes.ts";
import { boundParameters, parameterKey } from "./parameters.ts";

/** What statements of one view of a database share. */
export interface StatementContext {
  readonly reads: DriverReads;
  /** Why nothing is cached in this view. */
  readonly forbidden: Forbidden;
  readonly catalogue: CatalogueSource;
  /** Undefined: the number of changes is left as D1 gives it. */
  readonly counts: CountedWrites | undefined;
  /** Where its statements are prepared. */
  readonly database: Pick<D1Database, "prepare" | "batch">;
}

/** A prepared statement whose answers may come from the cache. */
export class CachedStatement {
  /** D1's own. */
  readonly bare: D1PreparedStatement;
  /** Named as D1's own are, which `batch` of D1 reads. */
  readonly statement: string;
  readonly params: readonly unknown[];
  readonly #context: StatementContext;

  constructor(
    context: StatementContext,
    bare: D1PreparedStatement,
    statement: string,
    params: readonly unknown[] = [],
  ) {
    this.#context = context;
    this.bare = bare;
    this.statement = statement;
    this.params = params;
  }

  bind(...values: unknown[]): CachedStatement {
    const bound = boundParameters(values);
    // D1 refuses what it cannot bind.
    const bare = this.bare.bind(...values.map((value, at) => (Array.isArray(value) ? bound[at] : value)));
    return new CachedStatement(this.#context, bare, this.statement, bound);
  }

  async first(column?: string): Promise<unknown> {
    const { reads, forbidden } = this.#context;
    if (forbidden !== undefined || reads.state.plans.of(this.statement).mayWrite) {
      return this.#sent(() => (column === undefined ? this.bare.first() : this.bare.first(column)));
    }
    const [row] = (await this.#answer("all")).results ?? [];
    if (row === undefined) return null;
    if (column === undefined) return row;
    const value = row[column];
    if (value !== undefined) return value;
    // As D1 says it.
    throw new Error(`D1_COLUMN_NOTFOUND: Column not found (${column})`, {
      cause: new Error("Column not found"),
    });
  }

  run(): Promise<Answer> {
    return this.#answer("run");
  }

  all(): Promise<Answer> {
    return this.#answer("all");
  }

  async raw({ columnNames = false }: { readonly columnNames?: boolean } = {}): Promise<unknown[][]> {
    const { reads, forbidden } = this.#context;
    if (forbidden !== undefined || reads.state.plans.of(this.statement).mayWrite) {
      return this.#sent(() =>
        columnNames ? this.bare.raw({ columnNames: true }) : this.bare.raw(),
      ) as Promise<unknown[][]>;
    }
    const ask = () => this.bare.raw({ columnNames: true }) as Promise<unknown[][]>;
    const rows = await reads.read(this.#request("raw", ask, keepRaw, rawOf), forbidden);
    return columnNames ? rows : rows.slice(1);
  }

  #answer(method: "all" | "run"): Promise<Answer> {
    const { reads, forbidden } = this.#context;
    const ask = () => this.bare[method]() as Promise<Answer>;
    if (reads.state.plans.of(this.statement).mayWrite) {
      return reads.write(this.statement, () => this.#counted(ask));
    }
    return reads.read(this.#request(method, ask, keepAnswer, answerOf), forbidden);
  }

  #request<Raw>(
    shape: string,
    ask: () => Promise<Raw>,
    keep: (raw: Raw) => unknown,
    decode: (value: unknown, ageMs: number) => Raw,
  ): Request<Raw, Raw> {
    const { statement: sql, params: parameters } = this;
    const { catalogue } = this.#context;
    const direct = (raw: Raw) => raw;
    return {
      sql,
      parameters,
      parameterKey: parameterKey(parameters),
      shape,
      catalogue,
      send: ask,
      ask,
      keep,
      direct,
      decode,
    };
  }

  /** Sends it on as it is. */
  #sent<T>(ask: () => Promise<T>): Promise<T> {
    const { reads, forbidden } = this.#context;
    const { statement: sql } = this;
    if (reads.state.plans.of(sql).mayWrite) return reads.write(sql, ask);
    return reads.read(
      this.#request("sent", ask, () => undefined, never),
      forbidden,
    );
  }

  async #counted(ask: () => Promise<Answer>): Promise<Answer> {
    const { counts, database } = this.#context;
    if (!counts?.covers(this.statement)) return ask();
    const counted = [{ bare: this.bare, isCounted: true }];
    const [answer] = await counts.batch(database, counted, async () => [await ask()]);
    return answer as Answer;
  }
}

function never(): never {
  throw new Error("an answer that was never kept");
}
