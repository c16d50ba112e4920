import type { Footprints } from "../../src/keeper/keys/footprints.ts";
import { audienceText } from "../../src/postgrest/claims/audience-text.ts";
import { type ClaimPath, pathText, type ReaderClaims } from "../../src/postgrest/claims/claims.ts";
import type { Footprint } from "../../src/postgrest/footprint/footprint.ts";
import type { Read } from "../../src/postgrest/query/read.ts";
import { verdictOn } from "../../src/postgrest/verdict/verdict.ts";
import { captureInstallation, describe, type Heard, PulledChanges, REMOVE_SQL } from "../in-process/feeds.ts";
import { SignedInWay } from "../in-process/signed-in-way.ts";
import { Random } from "../random.ts";
import type { Database } from "../soundness/database.ts";
import { ANSWERS_SQL, GROUND_SQL, RELATIONS } from "./ground.ts";
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
  readonly audience?: (role: string, paths: readonly ClaimPath[], reader: ReaderClaims) => string;
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
    await this.#database.exec(CLEAR_SQL);
    await this.#database.exec(GROUND_SQL.replace(/create role.*\n/g, ""));
    await this.#database.exec(ANSWERS_SQL);
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
    const order = [...this.#people].sort(() => this.#random.next() - 0.5);
    for (const reader of order.slice(0, ASKING)) await this.#ask(reader);
  }

  async #hear(): Promise<void> {
    const heard = await this.#pulled.hear();
    const isNew = heard.isNewSchema || (heard.isNewHistory && !this.#sabotage.ignoresRoles);
    if (isNew || heard.everything) this.#entries.clear();
    if (isNew) this.#way.learn(await describe(this.#database.functions, this.#way.config));
    for (const [key, { footprint }] of this.#entries)
      if (isAffected(footprint, heard, this.#way.footprints)) this.#entries.delete(key);
  }

  async #ask(reader: Person): Promise<void> {
    const answers = await this.#answers(
      reader,
      this.#queries.map(({ sql }) => sql),
    );
    const kept = this.#queries.map((asked) => this.#way.read(asked.relation, asked.search));
    const paths = kept.flatMap((read) => {
      const needs = this.#way.footprints.needs(read, reader.role);
      return "bypass" in needs ? [] : needs.paths;
    });
    const identity = await this.#whoami(reader, paths);
    for (const [n, asked] of this.#queries.entries()) {
      const [own, read] = [answers[n], kept[n]];
      // What the database refuses is no answer, and is not kept.
      if (own != null && read !== undefined) await this.#judge(asked, read, own, reader, identity);
    }
  }

  async #judge(asked: SqlRead, read: Read, own: string, person: Person, reader: ReaderClaims): Promise<void> {
    const { footprints } = this.#way;
    const figures = this.#figures;
    const needs = footprints.needs(read, reader.role);
    const result = "bypass" in needs ? needs : footprints.of(read, reader);
    if ("bypass" in needs || "bypass" in result) {
      const reason = "bypass" in needs ? needs.bypass : "bypass" in result ? result.bypass : "";
      figures.bypassed.set(reason, (figures.bypassed.get(reason) ?? 0) + 1);
      return;
    }
    const audience = (this.#sabotage.audience ?? named)(reader.role, needs.paths, reader);
    const key = `${asked.relation}?${asked.search} ${audience}`;
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      figures.filled += 1;
      this.#entries.set(key, { answer: own, footprint: result.footprint, owner: person, since: [] });
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

  async #whoami({ role, claims }: Person, needed: readonly ClaimPath[]): Promise<ReaderClaims> {
    const paths = [...new Map(needed.map((path) => [pathText(path), path])).values()];
    const sql = `select public.tidemark_whoami('${JSON.stringify(paths).replaceAll("'", "''")}'::json)::text`;
    const [text] = await this.#answers({ role, claims }, [sql]);
    if (text == null) throw new Error("the database does not say who this is");
    const said = JSON.parse(text) as { readonly role: string; readonly claims: readonly (string | null)[] };
    const values = paths.map((path, n) => [pathText(path), said.claims[n] ?? null] as const);
    return { role: said.role, claims: new Map(values) };
  }

  async #answers({ role, claims }: Person, sql: readonly string[]): Promise<readonly (string | null)[]> {
    const list = sql.map(literal).join(", ");
    const { rows } = await this.#database.query<{ answers: string }>(
      `select to_json(trial.answers(${literal(role)}, ${literal(claims)}, array[${list}]))::text as answers`,
    );
    return JSON.parse(rows[0]?.answers ?? "[]") as (string | null)[];
  }

  async #policies(): Promise<string> {
    const { rows } = await this.#database.query<{ line: string }>(
      "select format('%s.%s %s to %s: %s', tablename, policyname, permissive, roles, qual) as line from pg_policies order by 1",
    );
    return rows.map(({ line }) => line).join("\n");
  }
}

function named(role: string, paths: readonly ClaimPath[], { claims }: ReaderClaims): string {
  return audienceText(role, paths, claims);
}

function isAffected(footprint: Footprint, { changes }: Heard, footprints: Footprints): boolean {
  // What counts by its age is compared within one moment only.
  if (footprint.caveats.length > 0) return true;
  return changes.some((change) => footprints.concerns(change) && verdictOn(footprint, change).affected);
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const CLEAR_SQL = `
${REMOVE_SQL}
drop schema if exists public, auth, private, trial cascade;
create schema public;
do $$
declare name text;
begin
  foreach name in array array['anon', 'authenticated', 'service_role', 'staff'] loop
    if to_regrole(name) is null then execute format('create role %I nologin', name); end if;
  end loop;
  revoke staff from authenticated;
  revoke authenticated from staff;
  alter role authenticated nobypassrls;
end $$;
`;
