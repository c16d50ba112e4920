import * as v from "valibot";
import type { DatabaseTarget } from "../../../origin/ask-database.ts";
import { reasonOf } from "../../../relay/reason.ts";
import { CommandError } from "../../command/command-error.ts";
import { DEADLINE_MS } from "../../command/deadline.ts";
import { askWholeSchema } from "../../doctor/ask-schema.ts";
import { describedTable, isOfItsOwn } from "./described.ts";
import { nameAlone, type Survey, sortedByName } from "./survey.ts";

/**
 * Asks a project that has capture already, with its secret: it tells as much as the database would.
 *
 * @throws CommandError when it does not answer
 */
export async function surveyCaptured(target: DatabaseTarget, schemas: readonly string[]): Promise<Survey> {
  const patient = { ...target, deadlineMs: DEADLINE_MS };
  const ask = async (reader: string) => {
    const answer = await askWholeSchema(patient, { tables: null, reader });
    if (!("kind" in answer)) return answer;
    const hint = "npx tidemark doctor says more. Or set DATABASE_URL, or SUPABASE_SECRET_KEY";
    throw new CommandError(`capture does not describe the project: ${answer.reason}`, hint);
  };
  const anonymous = await ask("anon");
  const signedIn = await ask("authenticated");
  const descriptions = { anonymous: anonymous.schema, signedIn: signedIn.schema };
  const tables = [...signedIn.schema]
    .filter(
      ([relation, each]) => schemas.includes(relation.slice(0, relation.indexOf("."))) && isOfItsOwn(each),
    )
    .map(([relation, description]) =>
      describedTable(relation, description, descriptions, {
        rowSecurity: signedIn.rowSecurity.get(relation),
        policies: description.reads?.policies?.map(({ using }) => ({ name: "", roles: [], using })),
      }),
    );
  if (tables.length > 0) return { source: "the project, by capture", tables: sortedByName(tables) };
  const hint =
    "Name the schemas that PostgREST exposes: --schemas, or schemas in tidemark.config.ts. Or set DATABASE_URL";
  throw new CommandError(`capture describes no table in ${schemas.join(", ")}`, hint);
}

const openApiShape = v.object({ definitions: v.optional(v.record(v.string(), v.unknown()), {}) });

/**
 * Asks PostgREST for its OpenAPI document, which Supabase shows to secret keys only. It tells names alone. The key goes
 * nowhere else and is not kept.
 *
 * @param url PostgREST's own
 * @throws CommandError when it does not answer, or shows no table
 */
export async function surveyApi(url: string, key: string, schemas: readonly string[]): Promise<Survey> {
  const relations: string[] = [];
  for (const schema of schemas) {
    for (const name of await tablesOf(url, key, schema)) relations.push(`${schema}.${name}`);
  }
  if (relations.length > 0) {
    return { source: "the project's API", tables: sortedByName(relations.map(nameAlone)) };
  }
  throw new CommandError("the project's API shows no table", "Set DATABASE_URL, or name them: --tables a,b");
}

async function tablesOf(url: string, key: string, schema: string): Promise<readonly string[]> {
  const hint = "Check the project's address, and that SUPABASE_SECRET_KEY is its secret key";
  try {
    const headers = {
      apikey: key,
      // New secret keys are no tokens, and Supabase refuses them as one.
      ...(key.startsWith("sb_secret_") ? {} : { authorization: `Bearer ${key}` }),
      accept: "application/openapi+json",
      "accept-profile": schema,
    };
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const response = await fetch(`${url}/`, { headers, redirect: "manual", signal });
    if (!response.ok) throw new CommandError(`${url}/ answered ${response.status}`, hint);
    const document = v.safeParse(openApiShape, await response.json());
    return document.success ? Object.keys(document.output.definitions) : [];
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${url}/ cannot be read: ${reasonOf(error)}`, hint, { cause: error });
  }
}
