import type { PullRequest, SchemaQuestion } from "../../../src/keeper/ports/ports.ts";
import type { ClaimPath } from "../../../src/postgrest/claims/claims.ts";
import type { Database } from "./database/database.ts";
import type { Judged } from "./trace/shapes.ts";
import type { Query, WriteArrival } from "./trace/trace.ts";

interface Known {
  /** What the judge's SQL has shown and since when; the last entry is current. */
  readonly history: { readonly digest: string; readonly from: number }[];
  /** The digest for each of the API's answers. */
  readonly texts: Map<string, string>;
  /** Answers by digest, so that 39 lanes do not repeat a request for the same state. */
  readonly answers: Map<string, Promise<string>>;
}

/** One in this many known answers is requested again and compared. */
const RECHECK_EVERY = 40;

/** By then the last read of a query has its answer. */
const ANSWERED_WITHIN_MS = 5_000;

/** The real database at a moment of virtual time, and the judge, which knows its answer at any other moment. */
export class Origin {
  readonly #database: Database;
  readonly #known = new Map<Query, Known>();
  readonly #late = new Map<string, Promise<string>>();
  readonly #now: () => number;
  #begin: number;
  #commits = 0;
  #asked = 0;
  /** Answers that contradict the judge, whose SQL then does not show what the API shows. */
  readonly contradictions: string[] = [];
  realRequests = 0;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
    this.#begin = now();
  }

  /** Counts the commits: reads at the same count give the same answer. */
  get commits(): number {
    return this.#commits;
  }

  /** The trace begins now. */
  begin(): void {
    this.#begin = this.#now();
  }

  get now(): number {
    return this.#now();
  }

  /** When the trace began. */
  get begun(): number {
    return this.#begin;
  }

  /** Makes the judge follow this query. Null: it does so already. */
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
    const touched = new Map<Judged, Query[]>();
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

  /** The API's current answer. */
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
   * How long the text had been wrong when a read began; 0 if it was right then or later. Null for a text that the
   * origin never gave.
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

  /** A page of capture's outbox. */
  changes(request: PullRequest): Promise<string> {
    return this.#database.text({ kind: "pull", ...request });
  }

  /** Postgres' description of its relations. */
  schema(question: SchemaQuestion): Promise<string> {
    return this.#database.text({ kind: "schema", question });
  }

  /** What the database says of this user, whose token it accepts: an answer of `tidemark_whoami`. */
  whoami(user: string, paths: readonly ClaimPath[]): Promise<string> {
    return this.#database.text({ kind: "whoami", user, paths });
  }

  #follows(query: Query): boolean {
    return this.#now() <= this.#begin + query.lastRead + ANSWERED_WITHIN_MS;
  }

  /** After its last read only refills request a query, and their answers are not judged. */
  #unfollowed(query: Query): Promise<string> {
    const name = `${query.id} ${this.#commits}`;
    const answer = this.#late.get(name) ?? this.#ask(query);
    this.#late.set(name, answer);
    return answer;
  }

  #ask(query: Query): Promise<string> {
    this.realRequests++;
    return this.#database.text({ kind: "read", path: query.path, user: query.user });
  }
}
