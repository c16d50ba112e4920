import type { Query } from "../../src/postgrest/query/query.ts";
import type { Answer } from "./answers.ts";
import { type Database, KEYS } from "./database.ts";
import type { Fixture } from "./fixtures/fixture.ts";
import type { Asked } from "./generate.ts";
import { sqlOf } from "./origin.ts";

/** What a client sends with the read. */
export function headersOf({ read, format }: Asked): Readonly<Record<string, string>> {
  const { range, count } = read;
  return {
    accept: format === "csv" ? "text/csv" : "application/json",
    ...(range && { range: `${range.from}-${range.to ?? ""}`, "range-unit": "items" }),
    ...(count && { prefer: `count=${count}` }),
  };
}

/**
 * Reads as the role `anon`, through PostgREST if there is one, else by our own SQL. Undefined if the read is refused.
 *
 * @param search the read's canonical query string, which the gateway would send
 */
export function ask(
  database: Database,
  fixture: Fixture,
  asked: Asked,
  query: Query,
  search: string,
): Promise<Answer | undefined> {
  return database.postgrest === undefined
    ? askSql(database, sqlOf(fixture, asked, query))
    : askPostgrest(database.postgrest, asked, search);
}

async function askSql(database: Database, sql: string): Promise<Answer | undefined> {
  try {
    await database.exec("set role anon");
    const { rows } = await database.query<Answer>(sql);
    return rows[0];
  } catch {
    return undefined;
  } finally {
    await database.exec("reset role");
  }
}

async function askPostgrest(
  postgrest: NonNullable<Database["postgrest"]>,
  asked: Asked,
  search: string,
): Promise<Answer | undefined> {
  const url = `http://project.invalid/rest/v1/${asked.read.relation}?${search}`;
  const headers = { apikey: KEYS.publishableKey, ...headersOf(asked) };
  const response = await postgrest.answer(new Request(url, { headers }));
  const text = await response.text();
  if (!response.ok) return undefined;
  const total = response.headers.get("content-range")?.split("/").at(-1) ?? "*";
  // One line for each row, below the names: none of our values has a line break.
  const body = asked.format === "csv" ? JSON.stringify(text.split("\n").slice(1)) : text;
  return { body, total: total === "*" ? null : total };
}
