import type { ReaderClaims } from "../../src/postgrest/claims/claims.ts";
import type { Footprint } from "../../src/postgrest/footprint/footprint.ts";
import type { Read } from "../../src/postgrest/query/read.ts";
import { captureInstallation, describe, PulledChanges } from "../in-process/feeds.ts";
import { SignedInWay } from "../in-process/signed-in-way.ts";
import { Random } from "../random.ts";
import type { Database } from "../soundness/database.ts";
import { answersTo, isTouched, keptFor, type NameAudience, whoIs } from "./asking.ts";
import { GROUND_SQL, RELATIONS } from "./ground.ts";
import { type Move, move, startSql } from "./moves.ts";
import { type Person, person } from "./people.ts";
import { queries, type SqlRead } from "./queries.ts";

/** How many people ask, and how many of them after each move. */
const PEOPLE = 10;
const ASKING = 6;

/** Somebody got another's answer although their own differs. */
interface Leak {
  readonly seed: number;
  readonly asked: SqlRead;
  readonly key: string;
  readonly cached: string;
  readonly own: string;
  readonly owner: Person;
  readonly reader: Person;
  /** All moves since the answer was fetched. */
  readonly since: readonly Move[];
  readonly policies: string;
}

export interface TwoUsersFigures {
  /** Reads that an entry answered, and how many of these entries were somebody else's. */
  pairs: number;
  shared: number;
  filled: number;
  /** Reads whose answers may not be kept, by reason. */
  readonly bypassed: Map<string, number>;
  readonly leaks: Leak[];
}

export function noFigures(): TwoUsersFigures {
  return { pairs: 0, shared: 0, filled: 0, bypassed: new Map(), leaks: [] };
}

interface Entry {
  readonly answer: string;
  readonly footprint: Footprint;
  readonly owner: Person;
  readonly since: Move[];
}

/** What may be broken on purpose, to see that the trial finds it. */
export interface Sabotage {
  /** Changes the name of the audience that an entry is kept for. */
  readonly audience?: NameAudience;
  /** Whether another history (roles, memberships, owners) counts. */
  readonly ignoresRoles?: boolean;
}

/** Two users, one database: whoever is served by another's entry would have got the same answer. */
export class TwoUsersTrial {
  readonly #database: Database;
  readonly #seed: number;
  readonly #random: Random;
  readonly #figures: TwoUsersFigures;
  readonly #sabotage: Sabotage;
  readonly #people: readonly Person[];
  readonly #queries: readonly SqlRead[];
  readonly #entries = new Map<string, Entry>();
  readonly #way: SignedInWay;
  readonly #pulled: PulledChanges;

  constructor(database: Database, seed: number, figures: TwoUsersFigures, sabotage: Sabotage = {}) {
    this.#database = database;
    this.#seed = seed;
    this.#random = Random.spread(seed);
    this.#figures = figures;
    this.#sabotage = sabotage;
    this.#people = Array.from({ length: PEOPLE }, (_, n) => person(this.#random, n));
    this.#queries = queries(this.#random);
    this.#way = new SignedInWay({
      tables: Object.fromEntries(RELATIONS.map((name) => [name, true as const])),
      audiences: { roles: ["authenticated", "staff"] },
    });
    this.#pulled = new PulledChanges(database.functions);
  }

  async start(): Promise<void> {
    await this.#database.exec(GROUND_SQL);
    await this.#database.exec(startSql(this.#random));
    await this.#database.exec(captureInstallation(this.#way.config));
    await this.#database.exec("grant usage on schema public to authenticated, staff");
    await this.#hear();
  }

  /** One move, and the reads of some people after it. */
  async step(): Promise<void> {
    const moved = move(this.#random);
    const isDone = await this.#database.exec(moved.sql).then(
      () => true,
      () => false,
    );
    if (isDone) {
      for (const { since } of this.#entries.values()) since.push(moved);
      await this.#hear();
    }
    for (const reader of this.#random.shuffled(this.#people).slice(0, ASKING)) await this.#ask(reader);
  }

  async #hear(): Promise<void> {
    const heard = await this.#pulled.hear();
    const isNew = heard.isNewSchema || (heard.isNewHistory && !this.#sabotage.ignoresRoles);
    if (isNew || heard.everything) this.#entries.clear();
    if (isNew) this.#way.learn(await describe(this.#database.functions, this.#way.config));
    for (const [key, { footprint }] of this.#entries) {
      // What counts by its age is compared within one moment only.
      const isOld = footprint.caveats.length > 0 || isTouched(footprint, heard.changes, this.#way.footprints);
      if (isOld) this.#entries.delete(key);
    }
  }

  async #ask(reader: Person): Promise<void> {
    const sql = this.#queries.map((query) => query.sql);
    const answers = await answersTo(this.#database, reader, sql);
    const kept = this.#queries.map((asked) => this.#way.read(asked.relation, asked.search));
    const paths = kept.flatMap((read) => {
      const needs = this.#way.footprints.needs(read, reader.role);
      return "bypass" in needs ? [] : needs.paths;
    });
    const identity = await whoIs(this.#database, reader, paths);
    for (const [n, asked] of this.#queries.entries()) {
      const [own, read] = [answers[n], kept[n]];
      // What the database refuses is no answer, and is not kept.
      if (own != null && read !== undefined) await this.#judge(asked, read, own, reader, identity);
    }
  }

  async #judge(asked: SqlRead, read: Read, own: string, person: Person, reader: ReaderClaims): Promise<void> {
    const figures = this.#figures;
    const kept = keptFor(this.#way.footprints, read, reader, this.#sabotage.audience);
    if ("bypass" in kept) {
      figures.bypassed.set(kept.bypass, (figures.bypassed.get(kept.bypass) ?? 0) + 1);
      return;
    }
    const key = `${asked.relation}?${asked.search} ${kept.audience}`;
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      figures.filled += 1;
      this.#entries.set(key, { answer: own, footprint: kept.footprint, owner: person, since: [] });
      return;
    }
    figures.pairs += 1;
    if (entry.owner !== person) figures.shared += 1;
    if (entry.answer === own) return;
    // The next reader asks again.
    this.#entries.delete(key);
    const { answer: cached, owner, since } = entry;
    const policies = await this.#policies();
    figures.leaks.push({
      ...{ seed: this.#seed, asked, key, cached, own, owner },
      reader: person,
      since,
      policies,
    });
  }

  async #policies(): Promise<string> {
    const { rows } = await this.#database.query<{ line: string }>(
      "select format('%s.%s %s to %s: %s', tablename, policyname, permissive, roles, qual) as line from pg_policies order by 1",
    );
    return rows.map(({ line }) => line).join("\n");
  }
}
