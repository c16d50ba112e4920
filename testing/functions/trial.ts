import { classifySignature } from "../../src/gateway/classify/classify.ts";
import { inspectHeaders, signatureFrom } from "../../src/gateway/classify/signature.ts";
import type { Footprint } from "../../src/postgrest/footprint/footprint.ts";
import { canonicalBody } from "../../src/postgrest/query/parse-call.ts";
import type { Read } from "../../src/postgrest/query/read.ts";
import { captureInstallation, describe, PulledChanges } from "../in-process/feeds.ts";
import { SignedInWay } from "../in-process/signed-in-way.ts";
import { Random } from "../random.ts";
import type { Database } from "../soundness/database.ts";
import { answersTo, isTouched, type Kept, keptFor, whoIs } from "../two-users/asking.ts";
import { GROUND_SQL, RELATIONS } from "../two-users/ground.ts";
import { move, startSql } from "../two-users/moves.ts";
import { type Person, person } from "../two-users/people.ts";
import { type Call, call, calledBy, requestOf, sqlOf } from "./calls.ts";
import { configOf, FREE, type Made, make, NAMES } from "./made.ts";

const PEOPLE = 7;
const ASKING = 4;
const CALLS = 22;

const KEY = "sb_publishable_test";
const ANYBODY: Person = { role: "anon", claims: '{"role":"anon"}' };

/** A reader got an answer that is not what the database says, or that of a function that writes. */
interface WrongHit {
  readonly seed: number;
  readonly asked: Call;
  readonly key: string;
  readonly cached: string;
  readonly own: string;
  readonly owner: Person;
  readonly reader: Person;
  readonly since: readonly string[];
  readonly made: readonly string[];
}

export interface FunctionFigures {
  /** Reads that an entry answered; of these: of somebody else's, and after changes that it outlived. */
  pairs: number;
  shared: number;
  outlived: number;
  filled: number;
  /** Answers that count by their age only. */
  byAge: number;
  readonly bypassed: Map<string, number>;
  readonly wrong: WrongHit[];
}

export function noFigures(): FunctionFigures {
  return { pairs: 0, shared: 0, outlived: 0, filled: 0, byAge: 0, bypassed: new Map(), wrong: [] };
}

interface Entry {
  readonly answer: string;
  readonly footprint: Footprint;
  readonly owner: Person;
  readonly since: string[];
}

/** What may be broken on purpose, to see that the trial finds it. */
export interface Sabotage {
  /** Changes the key of an entry. */
  readonly key?: (key: string) => string;
  /** Changes of the schema go unheard. */
  readonly ignoresSchema?: boolean;
  /** Changes of these relations go unheard. */
  readonly deafTo?: string;
}

/** Random functions over random rows and policies: whoever is served from the cache would have got the same answer. */
export class FunctionTrial {
  readonly #database: Database;
  readonly #seed: number;
  readonly #random: Random;
  readonly #figures: FunctionFigures;
  readonly #sabotage: Sabotage;
  readonly #people: readonly Person[];
  readonly #entries = new Map<string, Entry>();
  readonly #way: SignedInWay;
  readonly #pulled: PulledChanges;
  #functions: readonly Made[] = [];
  #calls: readonly Call[] = [];

  constructor(database: Database, seed: number, figures: FunctionFigures, sabotage: Sabotage = {}) {
    this.#database = database;
    this.#seed = seed;
    this.#random = Random.spread(seed);
    this.#figures = figures;
    this.#sabotage = sabotage;
    this.#people = [ANYBODY, ...Array.from({ length: PEOPLE }, (_, n) => person(this.#random, n))];
    this.#way = new SignedInWay({
      tables: Object.fromEntries(RELATIONS.map((name) => [name, true as const])),
      functions: configOf(),
      audiences: { roles: ["authenticated", "staff"] },
    });
    this.#pulled = new PulledChanges(database.functions);
  }

  async start(): Promise<void> {
    await this.#database.exec(GROUND_SQL);
    await this.#database.exec(startSql(this.#random));
    await this.#database.exec("create table public.log (id int); grant all on public.log to public");
    await this.#database.exec(captureInstallation(this.#way.config));
    await this.#database.exec("grant usage on schema public to authenticated, staff, anon");
    for (const name of NAMES) await this.#make(name);
    this.#calls = Array.from({ length: CALLS }, () => call(this.#random, this.#functions));
    await this.#hear();
  }

  /** One move, and the calls of some people after it. */
  async step(): Promise<void> {
    const moved = this.#random.chance(0.12) ? await this.#moveFunction() : await this.#moveRows();
    if (moved !== null) {
      for (const { since } of this.#entries.values()) since.push(moved);
      await this.#hear();
    }
    for (const reader of this.#random.shuffled(this.#people).slice(0, ASKING)) await this.#ask(reader);
  }

  async #moveRows(): Promise<string | null> {
    const { sql } = move(this.#random);
    return (await this.#does(sql)) ? sql : null;
  }

  async #moveFunction(): Promise<string | null> {
    const name = this.#random.pick(NAMES);
    if (this.#random.chance(0.5) || !FREE.includes(name as (typeof FREE)[number])) return this.#make(name);
    const change = this.#random.pick([
      "volatile",
      "stable",
      "immutable",
      "security definer",
      "security invoker",
    ]);
    const own = this.#functions.filter((made) => made.name === name);
    const sql = own
      .map(
        (made) => `alter function public.${name}(${made.takes.map(({ type }) => type).join(", ")}) ${change}`,
      )
      .join("; ");
    return (await this.#does(sql)) ? sql : null;
  }

  /** Makes all functions of a name anew; null when Postgres refuses. */
  async #make(name: string): Promise<string | null> {
    const made = make(this.#random, name);
    const before = this.#functions.filter((each) => each.name === name);
    const dropped = before.map(
      (each) => `drop function public.${name}(${each.takes.map(({ type }) => type).join(", ")})`,
    );
    const sql = [...dropped, ...made.map((each) => each.sql)].join(";\n");
    if (!(await this.#does(sql))) return null;
    this.#functions = [...this.#functions.filter((each) => each.name !== name), ...made];
    return sql;
  }

  #does(sql: string): Promise<boolean> {
    return this.#database.exec(sql).then(
      () => true,
      () => false,
    );
  }

  async #hear(): Promise<void> {
    const heard = await this.#pulled.hear();
    const isNew =
      (heard.isNewSchema || heard.isNewHistory || heard.everything) && !this.#sabotage.ignoresSchema;
    // A plan that PL/pgSQL keeps outlives what a role may do (docs/design/audiences.md), until something else ends it.
    if (heard.isNewHistory) await this.#database.exec("discard plans");
    const isFirst = this.#way.footprints.version === "0";
    if (isNew) this.#entries.clear();
    if (isNew || isFirst) this.#way.learn(await describe(this.#database.functions, this.#way.config));
    const changes = heard.changes.filter(({ relation }) => relation !== this.#sabotage.deafTo);
    for (const [key, { footprint }] of this.#entries) {
      const isOld = footprint.caveats.length > 0 || isTouched(footprint, changes, this.#way.footprints);
      if (isOld) this.#entries.delete(key);
    }
  }

  async #ask(reader: Person): Promise<void> {
    const asked = this.#calls.map((each) => ({ each, made: calledBy(each, this.#functions) }));
    const answers = await answersTo(
      this.#database,
      reader,
      asked.map(({ each, made }) => (made === undefined ? "select 1 / 0" : sqlOf(each, made))),
    );
    const reads = this.#calls.map((each) => this.#read(each));
    const paths = reads.flatMap((read) => {
      const needs = typeof read === "string" ? null : this.#way.footprints.needs(read.asked, reader.role);
      return needs === null || "bypass" in needs ? [] : needs.paths;
    });
    const identity = reader === ANYBODY ? null : await whoIs(this.#database, reader, paths);
    for (const [n, { each, made }] of asked.entries()) {
      const [own, read] = [answers[n], reads[n]];
      if (read === undefined) continue;
      if (typeof read === "string") {
        this.#count(read);
        continue;
      }
      const kept =
        identity === null
          ? this.#forAnybody(read.asked)
          : keptFor(this.#way.footprints, read.asked, identity);
      if ("bypass" in kept) this.#count(kept.bypass);
      // What the database refuses is no answer, and is not kept.
      else if (own != null)
        this.#judge(each, made, `${read.key} ${kept.audience}`, own, reader, kept.footprint);
    }
  }

  #forAnybody(asked: Read): Kept {
    const result = this.#way.footprints.of(asked);
    return "bypass" in result ? result : { audience: "anybody", footprint: result.footprint };
  }

  /** The read with its key, or why there is none. */
  #read(asked: Call): { readonly asked: Read; readonly key: string } | string {
    const { search, body } = requestOf(asked);
    const posted = body === null ? null : (canonicalBody(body) ?? null);
    if (body !== null && posted === null) return "uncacheable-body";
    const headers = new Headers({ apikey: KEY, authorization: "Bearer a.b.c", accept: "application/json" });
    const request = { method: asked.method, headers, body };
    const { terms } = inspectHeaders(request, this.#way.config);
    const target = { path: `/rest/v1/rpc/${asked.name}`, search };
    const classified = classifySignature(signatureFrom(target, terms), this.#way.config, posted);
    if (classified.kind === "bypass") return classified.reason;
    const { key } = classified.read;
    return { asked: classified.read.asked, key: this.#sabotage.key?.(key) ?? key };
  }

  #count(reason: string): void {
    const { bypassed } = this.#figures;
    bypassed.set(reason, (bypassed.get(reason) ?? 0) + 1);
  }

  #judge(
    asked: Call,
    made: Made | undefined,
    key: string,
    own: string,
    reader: Person,
    footprint: Footprint,
  ): void {
    const figures = this.#figures;
    if (footprint.caveats.length > 0) figures.byAge += 1;
    // No change tells when that moves, not even within one moment.
    const isMoving = footprint.caveats.some(({ kind }) => kind === "clock") || made === undefined;
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      figures.filled += 1;
      if (!isMoving) this.#entries.set(key, { answer: own, footprint, owner: reader, since: [] });
      if (!made?.writes) return;
    } else {
      figures.pairs += 1;
      if (entry.owner !== reader) figures.shared += 1;
      if (entry.since.length > 0) figures.outlived += 1;
    }
    if (entry?.answer === own && !made?.writes) return;
    // What nobody looks into may read the clock, too: it counts by its age.
    if (footprint.caveats.length > 0 && made && this.#readsClock(made) && !made.writes) return;
    this.#entries.delete(key);
    figures.wrong.push({
      ...{ seed: this.#seed, asked, key, own, reader },
      ...{ cached: entry?.answer ?? "(it writes)", owner: entry?.owner ?? reader, since: entry?.since ?? [] },
      made: this.#functions.filter(({ name }) => name === asked.name || name < "f2").map(({ sql }) => sql),
    });
  }

  #readsClock({ isClock, calls }: Made): boolean {
    return isClock || this.#functions.some((each) => `public.${each.name}` === calls && each.isClock);
  }
}
