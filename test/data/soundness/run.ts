import { canonicalSearch } from "../../../src/postgrest/canonical.ts";
import { type Change, changeFromWebhook } from "../../../src/postgrest/change.ts";
import { type Footprint, footprintOf, type Vouched } from "../../../src/postgrest/footprint.ts";
import { FootprintIndex } from "../../../src/postgrest/footprint-index.ts";
import { arrayElements, objectMembers } from "../../../src/postgrest/json-source.ts";
import { parseQuery } from "../../../src/postgrest/parse.ts";
import { parseSchema } from "../../../src/postgrest/parse-schema.ts";
import type { Level, Query } from "../../../src/postgrest/query.ts";
import type { Read } from "../../../src/postgrest/read.ts";
import type { Schema } from "../../../src/postgrest/schema.ts";
import { SCHEMA_FUNCTION_SQL } from "../../../src/postgrest/schema-sql.ts";
import { type Verdict, verdictOn } from "../../../src/postgrest/verdict.ts";
import { type Window, windowOf } from "../../../src/postgrest/window.ts";
import type { Database } from "./database.ts";
import { makeRead, makeStatement } from "./generate.ts";
import { sqlOf } from "./origin.ts";
import { Random } from "./random.ts";
import { makeWorld, type World, type WorldKind } from "./world.ts";

/** One pair of a query and a change, as it was decided and as it turned out. */
export interface Outcome {
  readonly seed: number;
  readonly kind: WorldKind;
  readonly read: Read;
  readonly query: Query;
  readonly footprint: Footprint;
  /** What the answer showed, if it was known. */
  readonly window: Window | undefined;
  readonly changes: readonly Change[];
  readonly verdict: Verdict;
  /** The verdict without a schema description. */
  readonly bareVerdict: Verdict;
  readonly changed: boolean;
  readonly before: string;
  readonly after: string;
  /** The statements that led here, the last one included; only for a violation. */
  readonly history: readonly string[];
}

interface Answer {
  readonly body: string;
  readonly total: string | null;
}

interface Cached {
  readonly id: number;
  readonly read: Read;
  readonly query: Query;
  readonly footprint: Footprint;
  readonly bare: Footprint;
  readonly sql: string;
  answer: Answer;
  window: Window | undefined;
}

/** A world of one seed, with a cache of some queries over it that does as its verdicts say. */
export class Trial {
  readonly #seed: number;
  readonly #kind: WorldKind;
  readonly #random: Random;
  readonly #world: World;
  readonly #database: Database;
  readonly #cached: Cached[] = [];
  readonly #queries: number;
  readonly #history: string[] = [];
  #index = new FootprintIndex();
  #schema: Schema = new Map();
  #vouched: Vouched = { dependsOn: new Map(), tables: new Set() };
  #nextId = 1;

  constructor(database: Database, seed: number, kind: WorldKind, queries = 25) {
    this.#seed = seed;
    this.#kind = kind;
    this.#queries = queries;
    this.#random = new Random(seed);
    this.#world = makeWorld(this.#random, kind);
    this.#database = database;
  }

  async start(): Promise<void> {
    await this.create();
    for (let row = 0; row < 110; row += 1) await this.#write();
    while (this.#cached.length < this.#queries) await this.#addQuery();
  }

  /** The tables, empty. */
  async create(): Promise<void> {
    await this.#database.exec(
      "reset role; drop schema public cascade; create schema public; drop role if exists reader;",
    );
    await this.#database.exec(this.#world.sql);
    await this.#database.exec(SCHEMA_FUNCTION_SQL);
    const { rows } = await this.#database.query<{ schema: string }>(
      "select tidemark_schema()::text as schema",
    );
    this.#schema = parseSchema(rows[0]?.schema ?? "");
    const tables = this.#world.tables.map(({ name }) => `public.${name}`);
    // The role is `reader`, which policies bind; whether a gateway knows that of its own is another matter.
    const obeysPolicies = this.#seed % 2 === 0;
    this.#vouched = { dependsOn: new Map(), tables: new Set(tables), obeysPolicies };
    this.#index = new FootprintIndex();
  }

  /** The pair of one read and one statement, after some others; undefined when the read is refused. */
  async replay(history: readonly string[], read: Read, statement: string): Promise<Outcome | undefined> {
    await this.create();
    for (const each of history) await this.apply(each);
    await this.#addQuery(read);
    const [cached] = this.#cached;
    if (cached === undefined) return undefined;
    cached.window = windowShown(cached, cached.answer);
    if (cached.window !== undefined) this.#index.setWindow(cached.id, cached.window);
    const changes = await this.apply(statement);
    return changes.length === 0 ? undefined : await this.#judge(cached, changes);
  }

  /** One change, and its pairs with every query. */
  async step(): Promise<readonly Outcome[]> {
    const changes = await this.#write();
    if (changes.length === 0) return [];
    const outcomes: Outcome[] = [];
    const fromIndex = new Set(changes.flatMap((change) => [...this.#index.affected(change)]));
    for (const cached of [...this.#cached]) {
      const outcome = await this.#judge(cached, changes);
      if (outcome.verdict.affected !== fromIndex.has(cached.id)) {
        throw new Error(`the index decides otherwise than the verdict: ${JSON.stringify(outcome)}`);
      }
      outcomes.push(outcome);
    }
    for (let count = 0; count < 3; count += 1) this.#remove(this.#random.pick(this.#cached));
    while (this.#cached.length < this.#queries) await this.#addQuery();
    return outcomes;
  }

  /** The verdict, how it turned out, and what a cache would then hold. */
  async #judge(cached: Cached, changes: readonly Change[]): Promise<Outcome> {
    const { footprint, window } = cached;
    const verdict = combine(changes.map((change) => verdictOn(footprint, change, window)));
    const bareVerdict = combine(changes.map((change) => verdictOn(cached.bare, change)));
    const answer = await this.#answer(cached.sql);
    const before = answerText(this.#world, cached, cached.answer, this.#schema);
    const after = answer === undefined ? "error" : answerText(this.#world, cached, answer, this.#schema);
    const changed = before !== after;
    if (answer === undefined) this.#remove(cached);
    else if (verdict.affected) this.#store(cached, answer);
    const isSound = !changed || (verdict.affected && bareVerdict.affected);
    const history = isSound ? [] : [...this.#history];
    const { read, query } = cached;
    const { seed, kind } = { seed: this.#seed, kind: this.#kind };
    const pair = { seed, kind, read, query, footprint, window, changes };
    return { ...pair, verdict, bareVerdict, changed, before, after, history };
  }

  /** Runs one random statement; the captured changes, or none when it changed nothing or was refused. */
  async #write(): Promise<readonly Change[]> {
    return await this.apply(makeStatement(this.#random, this.#world));
  }

  async apply(statement: string): Promise<readonly Change[]> {
    try {
      await this.#database.exec(statement);
    } catch {
      return [];
    }
    this.#history.push(statement);
    const { rows } = await this.#database.query<{ payload: string }>(
      "delete from captured returning payload",
    );
    return rows.map(({ payload }) => changeFromWebhook(payload));
  }

  async #addQuery(wire: Read = makeRead(this.#random, this.#world)): Promise<void> {
    const parsed = parseQuery(wire.relation, wire.search);
    const read: Read = { ...wire, search: canonicalSearch(parsed) };
    const query = parseQuery(read.relation, read.search);
    const result = footprintOf(read, query, this.#vouched, this.#schema);
    if (!("footprint" in result)) return;
    const everything = [...this.#vouched.tables].concat("public.comments_high");
    const bareVouched = {
      tables: this.#vouched.tables,
      dependsOn: new Map(everything.map((name) => [name, everything])),
    };
    const isPlain = !wire.search.includes("(");
    const bare = footprintOf(read, query, isPlain && this.#kind === "plain" ? this.#vouched : bareVouched);
    const sql = sqlOf(this.#world, wire, parsed);
    const answer = await this.#answer(sql);
    if (answer === undefined) return;
    const cached: Cached = {
      id: this.#nextId++,
      read,
      query,
      footprint: JSON.parse(JSON.stringify(result.footprint)) as Footprint,
      bare: "footprint" in bare ? bare.footprint : result.footprint,
      sql,
      answer,
      window: undefined,
    };
    this.#cached.push(cached);
    this.#index.add(cached.id, cached.footprint);
    this.#store(cached, answer);
  }

  #store(cached: Cached, answer: Answer): void {
    cached.answer = answer;
    // Now and then an entry has no window, as after a change during its flight.
    cached.window = this.#random.chance(97) ? windowShown(cached, answer) : undefined;
    if (cached.window === undefined) this.#index.dropWindow(cached.id);
    else this.#index.setWindow(cached.id, cached.window);
  }

  #remove(cached: Cached): void {
    const at = this.#cached.indexOf(cached);
    if (at >= 0) this.#cached.splice(at, 1);
    this.#index.delete(cached.id);
  }

  async #answer(sql: string): Promise<Answer | undefined> {
    try {
      await this.#database.exec("set role reader");
      const { rows } = await this.#database.query<Answer>(sql);
      return rows[0];
    } catch {
      return undefined;
    } finally {
      await this.#database.exec("reset role");
    }
  }
}

function windowShown({ footprint }: Cached, { body, total }: Answer): Window | undefined {
  return windowOf(footprint, body, total === null ? undefined : `*/${total}`);
}

function combine(verdicts: readonly Verdict[]): Verdict {
  const affected = verdicts.find((verdict) => verdict.affected);
  const own = verdicts.find((verdict) => !verdict.affected && verdict.rule !== "relation");
  return affected ?? own ?? verdicts[0] ?? { affected: false, rule: "relation" };
}

/** What must stay the same: the rows in their order if it is total, or else as a multiset; embedded lists likewise. */
function answerText(world: World, { read, query }: Cached, answer: Answer, schema: Schema): string {
  const rows = (arrayElements(answer.body) ?? []).map((row) => rowText(row, query.root));
  const total = answer.total ?? "-";
  const { root, relation } = query;
  const key = world.tables.find(({ name }) => name === relation)?.key ?? [];
  const sorted = new Set(
    root.order.flatMap(({ embed, field }) =>
      embed === undefined && field.path.length === 0 ? [field.column] : [],
    ),
  );
  const isTable = (schema.get(`public.${relation}`)?.keys.length ?? 0) > 0;
  if (isTable && key.every((column) => sorted.has(column))) return `${rows.join("\n")}\n${total}`;
  const isPaged = root.limit !== undefined || root.offset > 0 || read.range !== undefined;
  // Of rows that tie, SQL may choose any for a page: only their number is certain.
  return isPaged ? `${rows.length} rows of ${total}` : `${rows.sort().join("\n")}\n${total}`;
}

function rowText(row: string, level: Level): string {
  const members = objectMembers(row);
  if (members === undefined) return row;
  for (const item of level.select) {
    if (item.kind !== "embed") continue;
    // A spread of many shows a list in place of each column.
    const names = item.spread
      ? item.level.select.flatMap((inner) => (inner.kind === "column" ? [inner.field?.column ?? ""] : []))
      : [item.alias ?? item.relation];
    for (const name of names) {
      const source = members[name];
      if (source === undefined) continue;
      const elements = arrayElements(source)
        ?.map((each) => rowText(each, item.level))
        .sort();
      members[name] = elements === undefined ? rowText(source, item.level) : `[${elements.join(",")}]`;
    }
  }
  return JSON.stringify(members);
}
