import type { Sql } from "postgres";
import { verdictOn } from "../../src/postgrest/verdict/verdict.ts";
import { serveFunctions } from "../in-process/database-functions.ts";
import { captureInstallation, describe, PulledChanges } from "../in-process/feeds.ts";
import { type Kept, Way } from "../in-process/way.ts";
import { type Postgres, startPostgres } from "../postgres.ts";
import { Answers } from "./answers.ts";
import { GROUND_SQL } from "./ground.ts";
import { everything, expressionFor, type Item } from "./items.ts";
import { MOVES, type Move, PRINTING } from "./moves.ts";

/** A relation that refers to an item, as a view or through its policy. */
interface Subject {
  readonly relation: string;
  readonly item: Item;
  readonly as: "view" | "policy";
  readonly body: string;
}

/** An answer that changed, was kept by changes, and was not called affected. */
interface Stale {
  readonly move: string;
  readonly kind: string;
  readonly name: string;
  readonly as: "view" | "policy";
  readonly body: string;
}

export interface Findings {
  readonly stale: readonly Stale[];
  /** The same for settings that print, reported separately because every answer of the API changes with them. */
  readonly printed: readonly Stale[];
  readonly kept: readonly {
    readonly kind: string;
    readonly as: string;
    readonly name: string;
    readonly kept: Kept;
  }[];
  /** Items for which no call of ours gave an answer. */
  readonly uncalled: readonly string[];
}

/** Judges the items that `picked` selects, by item and number; `isLong`: with the costly moves, too. */
export async function judge(
  pick: (item: Item, number: number) => boolean,
  { isLong }: { readonly isLong: boolean },
): Promise<Findings> {
  const server = await startPostgres({
    flags: [
      "-c",
      "fsync=off",
      "-c",
      "max_connections=40",
      "-c",
      "track_commit_timestamp=on",
      "-c",
      "wal_level=logical",
    ],
  });
  try {
    const sql = server.sql({ max: 1 });
    await sql.unsafe(GROUND_SQL).simple();
    const items = (await everything(sql)).filter(pick);
    const moves = MOVES.filter(({ isCostly }) => isLong || !isCostly);
    return await new CatalogueTrial(server, sql).judge(items, moves);
  } finally {
    await server.stop();
  }
}

class CatalogueTrial {
  readonly #server: Postgres;
  readonly #sql: Sql;

  constructor(server: Postgres, sql: Sql) {
    this.#server = server;
    this.#sql = sql;
  }

  async judge(items: readonly Item[], moves: readonly Move[]): Promise<Findings> {
    const { subjects, uncalled } = await this.#build(items);
    const names = ["small", "other", ...subjects.map(({ relation }) => relation)];
    const config = { tables: Object.fromEntries(names.map((name) => [name, true as const])) };
    const way = new Way(config, null);
    await this.#sql.unsafe(captureInstallation(way.config)).simple();
    const functions = await serveFunctions(async (query) => {
      const [row] = await this.#sql.unsafe<{ value: string }[]>(query);
      return row?.value ?? "";
    });
    try {
      const pulled = new PulledChanges(functions.target);
      await pulled.hear();
      const learn = async () => way.learn(await describe(functions.target, way.config));
      await learn();
      const watch = (subject: Subject) => ({ subject, kept: way.keep(subject.relation, "") });
      const first = subjects.map(watch);
      const stale = await this.#move(moves, way, subjects, pulled, learn);
      const printed = await this.#move([PRINTING], way, subjects, pulled, learn);
      const kept = first.map(({ subject: { item, as }, kept }) => ({
        kind: item.kind,
        name: item.name,
        as,
        kept,
      }));
      return { stale, printed, kept, uncalled };
    } finally {
      functions.close();
    }
  }

  /** Creates a view for each item, and for some a table whose policy uses it. */
  async #build(
    items: readonly Item[],
  ): Promise<{ subjects: readonly Subject[]; uncalled: readonly string[] }> {
    const readers = new Answers(this.#server);
    const subjects: Subject[] = [];
    const uncalled: string[] = [];
    const [version] = await this.#sql<{ hasInvokers: boolean }[]>`
      select current_setting('server_version_num')::int >= 150000 as "hasInvokers"`;
    const hasInvokers = version?.hasInvokers === true;
    for (const [number, item] of items.entries()) {
      const body = await firstThatAnswers(readers, item);
      const [relation, table] = [`v_${number}`, `p_${number}`];
      const options = hasInvokers && number % 2 === 0 ? " with (security_invoker = on)" : "";
      if (body === undefined || !(await this.#make(`create view public.${relation}${options} as ${body}`))) {
        uncalled.push(`${item.kind} ${item.name}`);
        continue;
      }
      subjects.push({ relation, item, as: "view", body });
      const asked = number % 3 === 0 ? expressionFor(table, body) : undefined;
      if (asked !== undefined && (await this.#make(policySql(table, asked))))
        subjects.push({ relation: table, item, as: "policy", body: asked });
    }
    await readers.close();
    await this.#make("grant select on all tables in schema public to anon");
    return { subjects, uncalled };
  }

  /** False if Postgres refuses it: a view may not contain everything that a query may. */
  async #make(sql: string): Promise<boolean> {
    try {
      await this.#sql.unsafe(sql).simple();
      return true;
    } catch {
      return false;
    }
  }

  async #move(
    moves: readonly Move[],
    way: Way,
    subjects: readonly Subject[],
    pulled: PulledChanges,
    learn: () => Promise<void>,
  ): Promise<readonly Stale[]> {
    const stale: Stale[] = [];
    let byChanges = keptByChanges(way, subjects);
    let before = await this.#read(byChanges);
    for (const move of moves) {
      for (const statement of move.sql) await this.#sql.unsafe(statement).simple();
      const heard = await pulled.hear();
      const changes = way.concerning(heard.changes);
      const after = await this.#read(byChanges);
      for (const { subject, footprint } of byChanges) {
        const { relation, item, as, body } = subject;
        const [was, is] = [before.get(relation), after.get(relation)];
        // An error is no answer, and is not kept.
        if (was === is || was === undefined) continue;
        const isKnown = heard.everything || changes.some((change) => verdictOn(footprint, change).affected);
        if (!isKnown) stale.push({ move: move.name, kind: item.kind, name: item.name, as, body });
      }
      before = after;
      if (!heard.isNewSchema) continue;
      await learn();
      byChanges = keptByChanges(way, subjects);
      before = await this.#read(byChanges);
    }
    return stale;
  }

  /** In a session of its own, like any request. */
  async #read(byChanges: readonly { readonly subject: Subject }[]): Promise<ReadonlyMap<string, string>> {
    const answers = new Answers(this.#server);
    const read = await answers.all(byChanges.map(({ subject }) => subject.relation));
    await answers.close();
    return read;
  }
}

/** Rows like those of `small`, visible while the expression keeps its value. */
function policySql(table: string, asked: string): string {
  return `
create table public.${table} (like public.small including all);
alter table public.${table} add column want text, enable row level security;
insert into public.${table} select * from public.small;
update public.${table} set want = (${asked})::text;
create policy asks on public.${table} for select using ((${asked})::text is not distinct from want);`;
}

function keptByChanges(way: Way, subjects: readonly Subject[]) {
  return subjects.flatMap((subject) => {
    const kept = way.keep(subject.relation, "");
    return kept.by === "changes" ? [{ subject, footprint: kept.footprint }] : [];
  });
}

/** The first body that yields a value; if none does, the first that is accepted. */
async function firstThatAnswers(readers: Answers, item: Item): Promise<string | undefined> {
  let empty: string | undefined;
  let tries = 0;
  for (const body of item.bodies()) {
    const answer = await readers.of(body);
    if (answer !== undefined && !answer.includes(",)")) return body;
    if (answer !== undefined) empty ??= body;
    tries += 1;
    if (empty !== undefined && tries > 20) return empty;
  }
  return empty;
}
