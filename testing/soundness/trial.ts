import type { Footprint } from "../../src/postgrest/footprint/footprint.ts";
import { FootprintIndex } from "../../src/postgrest/index/footprint-index.ts";
import { canonicalSearch } from "../../src/postgrest/query/canonical.ts";
import { parseQuery } from "../../src/postgrest/query/parse.ts";
import type { Query } from "../../src/postgrest/query/query.ts";
import type { Change } from "../../src/postgrest/row/change.ts";
import { type Verdict, verdictOn } from "../../src/postgrest/verdict/verdict.ts";
import { type Window, windowOf } from "../../src/postgrest/verdict/window.ts";
import type { FeedKind, Heard } from "../in-process/feeds.ts";
import type { Kept } from "../in-process/way.ts";
import { type Answer, answerText } from "./answers.ts";
import { ask, headersOf } from "./ask.ts";
import type { Database } from "./database.ts";
import type { Fixture } from "./fixtures/fixture.ts";
import { type FixtureKind, makeFixture } from "./fixtures/kinds.ts";
import { type Asked, makeRead } from "./generate.ts";
import { Random } from "./random.ts";
import { type Setup, setUp } from "./setup.ts";
import { makeRows, makeStatement } from "./statement.ts";

/** What distinguishes a trial from all others. */
export interface TrialId {
  readonly seed: number;
  readonly kind: FixtureKind;
  readonly feed: FeedKind;
  /** Whether the readers' key says that their role is `anon`, which policies bind. */
  readonly obeys: boolean;
}

/** One pair of a query and a change, with its verdict and its outcome. */
export interface Outcome {
  readonly id: TrialId;
  readonly asked: Asked;
  readonly query: Query;
  readonly changes: readonly Change[];
  readonly verdict: Verdict;
  /** The verdict without a schema description, where an answer is kept without one. */
  readonly bareVerdict: Verdict | undefined;
  readonly changed: boolean;
  readonly before: string;
  readonly after: string;
  /** The statements up to and including the last one; only for a violation. */
  readonly history: readonly string[];
}

interface Cached {
  readonly id: number;
  readonly asked: Asked;
  readonly query: Query;
  readonly footprint: Footprint;
  readonly bare: Footprint | undefined;
  /** As it was sent, and its search in canonical form. */
  readonly parsed: Query;
  readonly search: string;
  answer: Answer;
  window: Window | undefined;
}

/** A fixture of one seed, with a cache of some queries over it that follows its verdicts. */
export class Trial {
  readonly #id: TrialId;
  readonly #random: Random;
  readonly #fixture: Fixture;
  readonly #database: Database;
  readonly #cached: Cached[] = [];
  readonly #queries: number;
  readonly #history: string[] = [];
  readonly #index = new FootprintIndex();
  /** For each query that the database answered, how the gateway would keep the answer. */
  readonly kept: { readonly query: Query; readonly kept: Kept }[] = [];
  #setup: Setup | undefined;
  #nextId = 1;

  constructor(database: Database, id: TrialId, queries = 25) {
    this.#id = id;
    this.#queries = queries;
    this.#random = new Random(id.seed);
    this.#fixture = makeFixture(this.#random, id.kind);
    this.#database = database;
  }

  async start(): Promise<void> {
    await this.create();
    for (const row of makeRows(this.#random, this.#fixture)) await this.#execute(row);
    for (let more = 0; more < 40; more += 1) await this.#execute(this.#statement());
    await this.#built().hear();
    await this.#fill();
  }

  /** The tables, empty. */
  async create(): Promise<void> {
    this.#setup = await setUp(this.#database, this.#fixture, this.#id);
  }

  /** The pair of one read and one statement, after some others; undefined if the read is refused. */
  async replay(history: readonly string[], asked: Asked, statement: string): Promise<Outcome | undefined> {
    await this.create();
    for (const each of history) await this.#execute(each);
    await this.#built().hear();
    await this.#addQuery(asked);
    const [cached] = this.#cached;
    if (cached === undefined) return undefined;
    this.#store(cached, cached.answer, true);
    const heard = await this.apply(statement);
    return heard && (await this.#judge(cached, heard));
  }

  /** One change, and its pairs with every query. */
  async step(): Promise<readonly Outcome[]> {
    const heard = await this.#change();
    if (heard === undefined) return [];
    const outcomes: Outcome[] = [];
    const fromIndex = new Set(heard.changes.flatMap((change) => [...this.#index.affected(change)]));
    for (const cached of [...this.#cached]) {
      const outcome = await this.#judge(cached, heard);
      // A flush raises the name of its relation, whatever the index finds.
      const areRows = !heard.everything && heard.changes.every(({ kind }) => kind === "row");
      if (areRows && outcome.verdict.affected !== fromIndex.has(cached.id)) {
        throw new Error(`the index decides otherwise than the verdict: ${JSON.stringify(outcome)}`);
      }
      outcomes.push(outcome);
    }
    for (let count = 0; count < 3 && this.#cached.length > 0; count += 1)
      this.#remove(this.#random.pick(this.#cached));
    await this.#fill();
    return outcomes;
  }

  /** Runs a statement; what the keeper hears of it, or undefined when it was refused. */
  async apply(statement: string): Promise<Heard | undefined> {
    if (!(await this.#execute(statement))) return undefined;
    const { way, hear } = this.#built();
    const heard = await hear();
    return { ...heard, changes: way.concerning(heard.changes) };
  }

  /** What the keeper hears of the next random statement that changes anything; undefined when none of many does. */
  async #change(): Promise<Heard | undefined> {
    for (let tries = 0; tries < 12; tries += 1) {
      const heard = await this.apply(this.#statement());
      if (heard === undefined) continue;
      if (heard.changes.length > 0 || heard.everything || this.#fixture.hasSilent) return heard;
    }
    return undefined;
  }

  async #execute(statement: string): Promise<boolean> {
    try {
      await this.#database.exec(statement);
    } catch {
      return false;
    }
    this.#history.push(statement);
    return true;
  }

  #statement(): string {
    return makeStatement(this.#random, this.#fixture, this.#id.feed);
  }

  /** The verdict, how it turned out, and what a cache would then hold. */
  async #judge(cached: Cached, { changes, everything }: Heard): Promise<Outcome> {
    const { asked, query, footprint, bare, window } = cached;
    const verdictBy = (by: Footprint, shown?: Window): Verdict =>
      everything
        ? { affected: true, relation: "*" }
        : combine(changes.map((change) => verdictOn(by, change, shown)));
    const verdict = verdictBy(footprint, window);
    const bareVerdict = bare && verdictBy(bare);
    const answer = await this.#answer(cached);
    const before = answerText(this.#fixture, asked, query, cached.answer);
    const after = answer === undefined ? "error" : answerText(this.#fixture, asked, query, answer);
    const changed = before !== after;
    const isSound = !changed || (verdict.affected && bareVerdict?.affected !== false);
    // A stale answer is told once.
    if (answer === undefined || !isSound) this.#remove(cached);
    else if (verdict.affected) this.#store(cached, answer);
    const history = isSound ? [] : [...this.#history];
    return { id: this.#id, asked, query, changes, verdict, bareVerdict, changed, before, after, history };
  }

  /** As many queries as there shall be, if so many are kept by changes. */
  async #fill(): Promise<void> {
    const missing = this.#queries - this.#cached.length;
    for (let tries = 4 * missing; tries > 0 && this.#cached.length < this.#queries; tries -= 1)
      await this.#addQuery();
  }

  async #addQuery(asked: Asked = makeRead(this.#random, this.#fixture)): Promise<void> {
    const { way, bareWay } = this.#built();
    const { read } = asked;
    const parsed = parseQuery(read.relation, read.search);
    const search = canonicalSearch(parsed);
    const answer = await this.#answer({ asked, parsed, search });
    if (answer === undefined) return;
    const kept = way.keep(read.relation, read.search, headersOf(asked));
    this.kept.push({ query: parsed, kept });
    if (kept.by !== "changes") return;
    const bare = bareWay?.keep(read.relation, read.search, headersOf(asked));
    const cached: Cached = {
      id: this.#nextId++,
      asked,
      query: parseQuery(read.relation, kept.asked.search),
      footprint: kept.footprint,
      bare: bare?.by === "changes" ? bare.footprint : undefined,
      parsed,
      search,
      answer,
      window: undefined,
    };
    this.#cached.push(cached);
    this.#index.add(cached.id, cached.footprint);
    this.#store(cached, answer);
  }

  /** Now and then an entry has no window, as after a change during its flight. */
  #store(cached: Cached, answer: Answer, hasWindow = this.#random.chance(97)): void {
    const { footprint, asked } = cached;
    cached.answer = answer;
    // CSV shows none.
    const shows = hasWindow && asked.format === "json";
    const range = answer.total === null ? undefined : `*/${answer.total}`;
    cached.window = shows ? windowOf(footprint, answer.body, range) : undefined;
    if (cached.window === undefined) this.#index.dropWindow(cached.id);
    else this.#index.setWindow(cached.id, cached.window);
  }

  #remove(cached: Cached): void {
    const at = this.#cached.indexOf(cached);
    if (at >= 0) this.#cached.splice(at, 1);
    this.#index.delete(cached.id);
  }

  #answer({
    asked,
    parsed,
    search,
  }: Pick<Cached, "asked" | "parsed" | "search">): Promise<Answer | undefined> {
    return ask(this.#database, this.#fixture, asked, parsed, search);
  }

  #built(): Setup {
    if (this.#setup === undefined) throw new Error("nothing is created yet");
    return this.#setup;
  }
}

function combine(verdicts: readonly Verdict[]): Verdict {
  const affected = verdicts.find((verdict) => verdict.affected);
  const own = verdicts.find((verdict) => !verdict.affected && verdict.rule !== "relation");
  return affected ?? own ?? verdicts[0] ?? { affected: false, rule: "relation" };
}
