import * as v from "valibot";
import type { Described, PullRequest, RoleDescription, SchemaQuestion } from "../keeper/ports/ports.ts";

/** Where capture's functions are called, through PostgREST. */
export interface DatabaseTarget {
  /** PostgREST's address without a trailing slash: `https://project.supabase.co/rest/v1`. */
  readonly url: string;
  /** Request headers that identify the caller, whose role may call the functions. Names are in lower case. */
  readonly credentials: Readonly<Record<string, string>>;
  /** The secret that the functions themselves require. */
  readonly secret: string;
  /** The exposed schema that the functions are in. */
  readonly exposedSchema: string;
  /** The role of anonymous readers, which doctor names. */
  readonly anonRole: string;
  readonly deadlineMs: number;
}

/** A function of the database failed. The message says how it answered, and contains no secret. */
class DatabaseError extends Error {
  override readonly name = "DatabaseError";
  readonly code = "database";
}

const schemaAnswer = v.object({
  version: v.nullable(v.number()),
  schema: v.record(v.string(), v.unknown()),
  watched: v.record(v.string(), v.object({ covered: v.boolean() })),
  ddl: v.boolean(),
  anonObeys: v.boolean(),
  bounds: v.boolean(),
  settings: v.string(),
});

type AnswerAsRole = v.InferOutput<typeof schemaAnswer>;

/**
 * Asks the database to describe itself, once as each role whose reads are cached.
 *
 * @returns "refused" when the function is missing or refuses; "unreadable" when its answer is not a description, or when
 * the schema has changed between two of them
 * @throws DatabaseError when the function fails, and what `fetch` throws when the database does not answer
 */
export async function askSchema(
  target: DatabaseTarget,
  question: SchemaQuestion,
): Promise<Described | "refused" | "unreadable"> {
  // Side by side, since a keeper that starts has its readers wait for the last answer.
  const asRoles = question.roles.map((reader) => schemaFor(target, { ...question, reader }));
  const [answer, ...answers] = await Promise.all([schemaFor(target, question), ...asRoles]);
  if (typeof answer === "string") return answer;
  const { version, schema, watched, ddl, anonObeys, bounds, settings } = answer;
  const roles: [string, RoleDescription][] = [];
  for (const [at, role] of question.roles.entries()) {
    const told = answers[at] as (typeof answers)[number];
    if (typeof told === "string") return told;
    if (told.version !== version || told.settings !== settings) return "unreadable";
    roles.push([role, { schema: JSON.stringify(told.schema), obeysPolicies: told.anonObeys }]);
  }
  const covered = Object.entries(watched).filter(([, { covered }]) => covered);
  return {
    version,
    schema: JSON.stringify(schema),
    watched: version === null ? null : covered.map(([relation]) => relation).sort(),
    noticesDdl: ddl,
    anonObeysPolicies: anonObeys,
    bounds,
    settings,
    // As own members, whatever a role is called.
    roles: Object.fromEntries(roles),
  };
}

/** One answer of `tidemark_schema()`. */
async function schemaFor(
  target: DatabaseTarget,
  question: SchemaQuestion,
): Promise<AnswerAsRole | "refused" | "unreadable"> {
  const response = await callSchema(target, question);
  if (response.status >= 400 && response.status < 500) {
    await response.body?.cancel();
    return "refused";
  }
  const answer = v.safeParse(schemaAnswer, parsed(await textOf(response, "tidemark_schema")));
  return answer.success ? answer.output : "unreadable";
}

/** Undefined: the text is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * A page of `tidemark_changes()`, as JSON text.
 *
 * @throws DatabaseError when the function fails, refuses or is missing, and what `fetch` throws when the database does
 * not answer
 */
export function askChanges(target: DatabaseTarget, request: PullRequest): Promise<string> {
  const { since, upto, after } = request;
  // A row's number may exceed JavaScript's integers. Postgres accepts it as text.
  return call(target, "tidemark_changes", { since, upto, ...(after !== null && { after }) });
}

/**
 * Prunes the outbox.
 *
 * @throws like `askChanges`
 */
export async function askPrune(target: DatabaseTarget): Promise<void> {
  await call(target, "tidemark_prune", {});
}

/** The answer as text, since its numbers may exceed JavaScript's integers. */
async function call(target: DatabaseTarget, name: string, args: object): Promise<string> {
  return textOf(await callFunction(target, name, args), name);
}

async function textOf(response: Response, name: string): Promise<string> {
  const text = await response.text();
  if (!response.ok) throw new DatabaseError(`${name} answered ${response.status}: ${text.slice(0, 200)}`);
  return text;
}

/** Calls `tidemark_schema`. The caller must read the answer or cancel it. */
export function callSchema(target: DatabaseTarget, { tables, reader }: AnyTables): Promise<Response> {
  return callFunction(target, "tidemark_schema", { tables, ...(reader !== null && { reader }) });
}

/** As the keeper asks, or of all tables: null. */
export type AnyTables = Pick<SchemaQuestion, "reader"> & { readonly tables: SchemaQuestion["tables"] | null };

/** Calls one of capture's functions, with the secret that it requires. */
function callFunction(target: DatabaseTarget, name: string, args: object): Promise<Response> {
  return postFunction(target, name, { secret: target.secret, ...args });
}

/** Calls a function of the database. The caller must read the answer or cancel it. */
export function postFunction(
  { url, credentials, exposedSchema, deadlineMs }: Omit<DatabaseTarget, "secret">,
  name: string,
  args: object,
): Promise<Response> {
  // A POST, since a secret does not belong in a URL.
  return fetch(`${url}/rpc/${name}`, {
    method: "POST",
    headers: {
      ...credentials,
      "content-type": "application/json",
      "content-profile": exposedSchema,
      accept: "application/json",
    },
    body: JSON.stringify(args),
    redirect: "manual",
    signal: AbortSignal.timeout(deadlineMs),
  });
}
