import type { PGlite } from "@electric-sql/pglite";
import { expect, test } from "vitest";
import { AUTH_SQL } from "../../testing/auth-sql.ts";
import { openPglite } from "../../testing/pglite.ts";
import { Random } from "../../testing/soundness/random.ts";
import { audienceText } from "./claims/audience-text.ts";
import type { Declared, Footprint } from "./footprint/footprint.ts";
import { footprintOf } from "./footprint/footprint-of.ts";
import { claimNeeds } from "./footprint/needs/claim-needs.ts";
import { parseQuery } from "./query/parse.ts";
import type { RowChange } from "./row/change.ts";
import { objectMembers } from "./row/json-source.ts";
import { WORLD_READS } from "./testing/audience-reads.ts";
import {
  DROP_POLICIES_SQL,
  makePolicies,
  makeStatement,
  makeToken,
  WORLD_SQL,
  type WorldStatement,
} from "./testing/audience-world.ts";
import { claimsIn } from "./testing/claims-in.ts";
import { describedBy } from "./testing/described.ts";
import { verdictOn } from "./verdict/verdict.ts";
import { windowOf } from "./verdict/window.ts";

// SEED=… for another run, TRIALS=… for a longer one.
const seed = Number(process.env.SEED ?? 20_261_127);
const trials = Number(process.env.TRIALS ?? 30);
const STEPS = 12;
const READERS = 3;
const READS = 5;

interface Cached {
  readonly name: string;
  readonly token: object;
  readonly sql: string;
  readonly footprint: Footprint;
  /** Whose answers it may be, for this read. */
  readonly audience: string;
  answer: string;
}

class Report {
  readonly violations: string[] = [];
  pairs = 0;
  harmless = 0;
  spared = 0;
  shared = 0;
  unknown = 0;
  byAge = 0;
}

/** The answer for a reader; the message of an error, which is never stored. */
async function answerFor(database: PGlite, token: object, sql: string): Promise<string> {
  const claims = JSON.stringify(token).replaceAll("'", "''");
  try {
    await database.exec(
      `select set_config('request.jwt.claims', '${claims}', false); set role authenticated`,
    );
    // Rows in no order of their own are compared in one.
    const order = sql.includes("order by") ? "" : "order by row_to_json(x)::text";
    const rows = await database.query<{ body: string }>(
      `select coalesce(json_agg(x.* ${order}), '[]')::text as body from (${sql}) x`,
    );
    return rows.rows[0]?.body ?? "";
  } catch (error) {
    return `error: ${String(error)}`;
  } finally {
    await database.exec("reset role");
  }
}

async function rowOf(database: PGlite, { table, id }: WorldStatement): Promise<string | undefined> {
  const found = await database.query<{ row: string }>(
    `select to_json(t)::text as row from ${table} t where id = ${id}`,
  );
  return found.rows[0]?.row;
}

/** Runs a statement; what it changed, or undefined if nothing. */
async function changeBy(database: PGlite, statement: WorldStatement): Promise<RowChange | undefined> {
  const before = await rowOf(database, statement);
  try {
    await database.exec(statement.sql);
  } catch {
    return undefined;
  }
  const after = await rowOf(database, statement);
  if (before === after) return undefined;
  const operation = before === undefined ? "INSERT" : after === undefined ? "DELETE" : "UPDATE";
  const [old, record] = [before && objectMembers(before), after && objectMembers(after)];
  const relation = `public.${statement.table}`;
  return { kind: "row", relation, operation, ...(old && { old }), ...(record && { record }) };
}

async function runTrial(database: PGlite, number: number, report: Report): Promise<void> {
  const random = new Random(seed + number);
  await database.exec(
    `truncate teams, memberships, profiles, docs; ${DROP_POLICIES_SQL} ${makePolicies(random)}`,
  );
  for (const table of ["teams", "profiles", "memberships", "docs"])
    for (let rows = 0; rows < 9; rows += 1) await changeBy(database, makeStatement(random, table));
  const schema = await describedBy(database, { reader: "authenticated" });
  const declared: Declared = { tables: new Set(schema.keys()), dependsOn: new Map(), obeysPolicies: true };
  // Some differ in nothing that anybody reads.
  const tokens: object[] = Array.from({ length: READERS }, () => makeToken(random));
  tokens.push({ ...tokens[0], nonce: 0 }, { ...tokens[1], sub: "b0000000-0000-4000-8000-00000000000b" });
  const cached: Cached[] = [];
  for (const { relation, search, sql } of random.some(WORLD_READS, READS)) {
    const read = { schema: "public", relation, search };
    const query = parseQuery(relation, search);
    const needs = claimNeeds(read, query, declared, schema, new Map());
    if (needs.kind !== "known") {
      report.unknown += 1;
      continue;
    }
    for (const token of tokens) {
      const reader = { role: "authenticated", claims: claimsIn(token, needs.paths) };
      const result = footprintOf(read, query, declared, schema, reader);
      if (!("footprint" in result)) throw new Error(result.bypass);
      expect(result.footprint.relations).toEqual(needs.relations);
      const audience = `${search} ${audienceText(reader.role, needs.paths, reader.claims)}`;
      const name = `${number} ${relation}?${search} ${JSON.stringify(token)}`;
      const answer = await answerFor(database, token, sql);
      cached.push({ name, token, sql, footprint: result.footprint, audience, answer });
    }
  }
  compareAudiences(cached, report);
  for (let step = 0; step < STEPS; step += 1) {
    const change = await changeBy(database, makeStatement(random));
    if (change === undefined) continue;
    for (const entry of cached) await judge(database, entry, change, report);
    compareAudiences(cached, report);
  }
}

async function judge(database: PGlite, entry: Cached, change: RowChange, report: Report): Promise<void> {
  const answer = await answerFor(database, entry.token, entry.sql);
  const { name, footprint, answer: before } = entry;
  entry.answer = answer;
  if (before.startsWith("error")) return;
  if (footprint.caveats.length > 0) {
    report.byAge += 1;
    return;
  }
  const verdict = verdictOn(footprint, change, windowOf(footprint, before));
  report.pairs += 1;
  if (before === answer) report.harmless += 1;
  if (!verdict.affected && before === answer) report.spared += 1;
  if (!verdict.affected && before !== answer)
    report.violations.push(
      [name, JSON.stringify(change), JSON.stringify(verdict), before, answer].join("\n"),
    );
}

/** S6. Whoever has the same audience has the same answer. */
function compareAudiences(cached: readonly Cached[], report: Report): void {
  for (const entries of Map.groupBy(cached, ({ audience, sql }) => `${sql} ${audience}`).values()) {
    const [first, ...others] = entries;
    for (const other of others) {
      report.shared += 1;
      if (first?.answer !== other.answer)
        report.violations.push(["shared", first?.name, other.name, first?.answer, other.answer].join("\n"));
    }
  }
}

test(
  `S6, I7. an audience has one answer, and no change alters it that its footprint calls harmless (seed ${seed})`,
  async () => {
    const database = await openPglite();
    await database.exec(AUTH_SQL + WORLD_SQL);
    const report = new Report();
    for (let number = 0; number < trials; number += 1) await runTrial(database, number, report);
    await database.close();
    expect(report.violations.slice(0, 2)).toEqual([]);
    // Sparing nothing, or sharing nothing, would be sound, too.
    expect(report.spared / report.harmless).toBeGreaterThan(0.5);
    expect(report.byAge / report.pairs).toBeLessThan(0.25);
    expect(report.shared).toBeGreaterThan(100);
  },
  120_000 + trials * 60_000,
);
