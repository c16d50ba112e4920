import type { Sql } from "postgres";
import type { Page } from "../page.ts";
import { grown, REPAIR_SQL, rightsOf } from "./rights.ts";
import { type Outcome, run, type Sessions } from "./sessions.ts";

/** Checks after each statement that no role has gained rights, and that every change was captured. */
export class Judge {
  readonly findings: string[] = [];
  readonly #sessions: Sessions;
  readonly #secret: string;
  #rights: ReadonlySet<string> = new Set();
  #rung = 0;
  #cursor: string | null = null;
  #version: number | undefined;

  constructor(sessions: Sessions, secret: string) {
    this.#sessions = sessions;
    this.#secret = secret;
  }

  /** Takes the present state as the starting point. */
  async begin(): Promise<void> {
    this.#rights = await rightsOf(this.#sessions.root());
    this.#rung = await this.#rings();
  }

  found(step: string, what: string): void {
    this.findings.push(`${step}: ${what}`);
  }

  /**
   * Call it after every statement. `isRefused`: what she has planted in our place is still hers, and she may use it.
   */
  async rights(step: string, { isRefused = false } = {}): Promise<void> {
    await this.quiet(step);
    const more = grown(
      this.#rights,
      await rightsOf(this.#sessions.root()),
      (right) => isGiven(right) || (isRefused && /\btidemark/.test(right) && !right.startsWith("role ")),
    );
    if (more.length === 0) return;
    const most = more.slice(0, 3).join("; ");
    this.found(step, `rights have grown: ${most}${more.length > 3 ? `, and ${more.length - 3} more` : ""}`);
    const repaired = await run(this.#sessions.root(), REPAIR_SQL);
    if ("code" in repaired) throw new Error(`could not repair: ${repaired.message}`);
    // Already reported.
    this.#rights = new Set([...this.#rights, ...(await rightsOf(this.#sessions.root()))]);
  }

  /** Whether no trap has rung. Otherwise not even a read can have given a role anything. */
  async quiet(step: string): Promise<void> {
    const rung = await this.#rings();
    if (rung > this.#rung) {
      const where = this.#sessions.rung.splice(0);
      for (const place of new Set(where.length > 0 ? where : ["(silent)"]))
        this.found(step, `code of hers ran: ${place}`);
      this.#rung = rung;
    }
    this.#sessions.rung.length = 0;
  }

  /** The statement must end in the same way with and without us. */
  outcome(step: string, captured: Outcome, bare: Outcome): void {
    const [ours, theirs] = [captured, bare].map((each) => ("code" in each ? each.code : each.rows.join(" ")));
    if (ours === theirs) return;
    const why = "code" in captured ? ` (${captured.message})` : "";
    this.found(step, `ends with ${ours}${why}, without us with ${theirs}`);
  }

  /** Pulls as the keeper does, in a session that the attacker has used before. */
  async pulled(
    step: string,
    expected: { readonly change?: boolean; readonly version?: boolean } = {},
  ): Promise<Page | undefined> {
    const since = this.#cursor === null ? "null" : `'${this.#cursor}'`;
    const answer =
      await this.call(`public.tidemark_changes(secret => '${this.#secret}'::pg_catalog.text, since => ${since}::pg_catalog.text,
      upto => null::pg_catalog.text, after => null::pg_catalog.int8, max => 10000::pg_catalog.int4)`);
    if ("code" in answer) {
      this.found(step, `a pull fails: ${answer.code} ${answer.message}`);
      return undefined;
    }
    const page = answer.values[0]?.answer as Page;
    const flushed = page.flush || page.changes.some(({ table }) => table === null);
    if (expected.change && !flushed && page.changes.length === 0) this.found(step, "the change is not told");
    if (expected.version && page.schemaVersion === this.#version && !page.flush)
      this.found(step, "the change of the schema is not told");
    this.#cursor = page.snapshot;
    this.#version = page.schemaVersion;
    return page;
  }

  /** The schema that the keeper gets must not depend on what the attacker has done to the session. */
  async schema(step: string, { isCovered = false } = {}): Promise<void> {
    const call = `public.tidemark_schema(secret => '${this.#secret}'::pg_catalog.text, tables => null::pg_catalog.text[], reader => 'anon'::pg_catalog.text)`;
    const told = await this.call(call);
    const clean = await run(this.#sessions.root(), `select ${call} as answer`);
    if ("code" in told || "code" in clean) {
      const error = "code" in told ? told : clean;
      this.found(step, `tidemark_schema fails: ${"code" in error ? `${error.code} ${error.message}` : ""}`);
      return;
    }
    const [here, there] = [told, clean].map(
      ({ values }) => values[0]?.answer as { watched: Record<string, { covered: boolean }> },
    );
    const difference = firstDifference(here, there, "answer");
    if (difference) this.found(step, `tidemark_schema tells otherwise in her session: ${difference}`);
    if (!isCovered) return;
    for (const [name, { covered }] of Object.entries(there?.watched ?? {}))
      if (!covered) this.found(step, `${name} is not covered`);
  }

  /** One call as the keeper's role, in PostgREST's session. */
  async call(expression: string, role = "tidemark_keeper"): Promise<Outcome> {
    const pool = this.#sessions.as("authenticator", { name: "pool" });
    const outcome = await run(pool, `set role ${role}; select ${expression} as answer`);
    await run(pool, "reset role");
    return outcome;
  }

  async #rings(): Promise<number> {
    const [row] = await this.#sessions.root()`
      select case when is_called then last_value else 0 end::pg_catalog.int4 as rung from canary.rung`;
    return Number(row?.rung);
  }
}

/** The rights that an installation gives on purpose. */
function isGiven(right: string): boolean {
  return (
    /^anon may call (public\.)?tidemark_(changes|schema|prune)\(/.test(right) ||
    right === "role authenticator is in tidemark_keeper"
  );
}

function firstDifference(a: unknown, b: unknown, path: string): string | undefined {
  if (JSON.stringify(a) === JSON.stringify(b)) return undefined;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null)
    return `${path}: ${JSON.stringify(a)?.slice(0, 100)}, elsewhere ${JSON.stringify(b)?.slice(0, 100)}`;
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = firstDifference(
      (a as Record<string, unknown>)[key],
      (b as Record<string, unknown>)[key],
      `${path}.${key}`,
    );
    if (found) return found;
  }
  return undefined;
}

/** The same rows must look the same from a session with hostile settings as from any other. */
export async function sameImages(judge: Judge, step: string, hostile: Sql, clean: Sql): Promise<void> {
  const images: string[] = [];
  for (const sql of [hostile, clean]) {
    await judge.pulled(step);
    const outcome = await run(
      sql,
      "update shop.items set label = 'same' where id = (select pg_catalog.min(id) from shop.items)",
    );
    if ("code" in outcome) return;
    const page = await judge.pulled(step);
    images.push(JSON.stringify(page?.changes.map(({ type, record }) => [type, record])));
  }
  const [first, second] = images;
  if (first !== second)
    judge.found(step, `a row's image depends on the writer's session: ${first} or ${second}`);
}
