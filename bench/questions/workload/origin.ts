import type { PullRequest } from "../../../src/keeper/ports/ports.ts";
import type { Database } from "./database/database.ts";
import type { Shape } from "./trace/shapes.ts";
import type { Query, WriteArrival } from "./trace/trace.ts";

interface Known {
  /** What the judge's SQL has shown since when; the last is of now. */
  readonly history: { readonly digest: string; readonly from: number }[];
  /** Of the API's answers: which digest each is of. */
  readonly texts: Map<string, string>;
  /** By digest; nothing is asked twice of the same state, as 39 lanes would. */
  readonly answers: Map<string, Promise<string>>;
}

/** Every so many times an answer that is known is asked for again all the same, and compared. */
const RECHECK_EVERY = 40;

/** The last read of a query has its answer by then. */
const ANSWERED_WITHIN_MS = 5_000;

/** The real database at a moment of virtual time; and the judge, who knows what it would have answered at any other. */
export class Origin {
  readonly #database: Database;
  readonly #known = new Map<Query, Known>();
  readonly #late = new Map<string, Promise<string>>();
  readonly #now: () => number;
  #begin: number;
  #commits = 0;
  #asked = 0;
  /** Answers that contradict the judge: its SQL then does not show what the API shows. */
  readonly contradictions: string[] = [];
  realRequests = 0;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
    this.#begin = now();
  }

  /** Counts the commits: what was read at the same count is the same. */
  get commits(): number {
    return this.#commits;
  }

  /** The trace begins now. */
  begin(): void {
    this.#begin = this.#now();
  }

  /** From here on the judge follows this query. Null: it does so already. */
  learn(query: Query): Promise<void> | null {
    return this.#known.has(query) ? null : this.#learn(query);
  }

  async #learn(query: Query): Promise<void> {
    const [digest = ""] = await this.#database.digests(query.shape.sql, [query.value]);
    const history = [{ digest, from: this.#now() }];
    this.#known.set(query, { history, texts: new Map(), answers: new Map() });
  }

  async commit({ sql, tables }: WriteArrival): Promise<void> {
    this.#commits++;
    const written = this.#database.write(sql);
    const touched = new Map<Shape, Query[]>();
    for (const query of this.#known.keys()) {
      if (!this.#follows(query) || !query.shape.tables.some((table) => tables.includes(table))) continue;
      const list = touched.get(query.shape) ?? [];
      list.push(query);
      touched.set(query.shape, list);
    }
    const from = this.#now();
    await written;
    const looks = [...touched].map(async ([shape, queries]) => {
      const values = queries.map(({ value }) => value);
      const digests = await this.#database.digests(shape.sql, values);
      for (const [index, query] of queries.entries()) {
        const digest = digests[index] ?? "";
        const { history } = this.#known.get(query) as Known;
        if (history.at(-1)?.digest !== digest) history.push({ digest, from });
      }
    });
    await Promise.all(looks);
  }

  /** What the judge's SQL shows now. */
  digest(query: Query): string {
    return this.#known.get(query)?.history.at(-1)?.digest ?? "";
  }

  /** What the judge's SQL showed when the API gave this text. */
  digestOf(query: Query, text: string): string {
    return this.#known.get(query)?.texts.get(text) ?? "";
  }

  /** The API's answer of now. */
  answer(query: Query): Promise<string> {
    const known = this.#known.get(query);
    if (known === undefined || !this.#follows(query)) return this.#unfollowed(query);
    const digest = this.digest(query);
    const answer = known.answers.get(digest);
    if (answer === undefined) {
      const first = this.#ask(query).then((text) => {
        const before = known.texts.get(text);
        if (before !== undefined && before !== digest)
          this.contradictions.push(`${query.path}: the API shows no change where SQL does`);
        known.texts.set(text, digest);
        return text;
      });
      known.answers.set(digest, first);
      return first;
    }
    if (++this.#asked % RECHECK_EVERY !== 0) return answer;
    return Promise.all([answer, this.#ask(query)]).then(([text, again]) => {
      if (text !== again)
        this.contradictions.push(`${query.path}: the API shows a change where SQL does not`);
      return text;
    });
  }

  /**
   * For how long the text had been wrong when a read began; 0 when it was right, or right later on. Null for a text
   * that the origin has never given.
   */
  staleness(query: Query, begun: number, text: string): number | null {
    const known = this.#known.get(query);
    const digest = known?.texts.get(text);
    if (known === undefined || digest === undefined) return null;
    const { history } = known;
    const at = history.findLastIndex(({ from }) => from <= begun);
    if (history.some((state, index) => index >= at && state.digest === digest)) return 0;
    const last = history.findLastIndex((state, index) => index < at && state.digest === digest);
    return begun - (history[last + 1]?.from ?? begun);
  }

  /** A page of what capture has written down. */
  changes(request: PullRequest): Promise<string> {
    return this.#database.text({ kind: "pull", ...request });
  }

  /** What Postgres says of its relations. */
  schema(): Promise<string> {
    return this.#database.text({ kind: "schema" });
  }

  #follows(query: Query): boolean {
    return this.#now() <= this.#begin + query.lastRead + ANSWERED_WITHIN_MS;
  }

  /** After its last read a query is asked for by refills only, whose answers are not judged. */
  #unfollowed(query: Query): Promise<string> {
    const name = `${query.id} ${this.#commits}`;
    const answer = this.#late.get(name) ?? this.#ask(query);
    this.#late.set(name, answer);
    return answer;
  }

  #ask(query: Query): Promise<string> {
    this.realRequests++;
    return this.#database.text({ kind: "read", path: query.path });
  }
}
