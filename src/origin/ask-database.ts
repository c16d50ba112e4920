import * as v from "valibot";
import type { Described, PullRequest, SchemaQuestion } from "../keeper/ports/ports.ts";

/** Where capture's functions are called, through PostgREST. */
export interface DatabaseTarget {
  /** PostgREST's address, no trailing slash: `https://project.supabase.co/rest/v1`. */
  readonly url: string;
  /** Request headers that say who calls: a role that may call the functions. Names in lower case. */
  readonly credentials: Readonly<Record<string, string>>;
  /** The secret that the functions themselves ask for. */
  readonly secret: string;
  /** The exposed schema in which the functions lie. */
  readonly exposedSchema: string;
  /** The role of anonymous readers: doctor names it. */
  readonly anonRole: string;
  readonly deadlineMs: number;
}

/** The database's functions gave no answer. The message says what they said, and holds no secret. */
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

/**
 * What the database says of itself; "refused" when the function is missing, or refuses; "unreadable" when it answers
 * something else.
 *
 * @throws DatabaseError when it fails
 */
export async function askSchema(
  target: DatabaseTarget,
  question: SchemaQuestion,
): Promise<Described | "refused" | "unreadable"> {
  const response = await callSchema(target, question);
  if (response.status >= 400 && response.status < 500) {
    await response.body?.cancel();
    return "refused";
  }
  const answer = v.safeParse(schemaAnswer, parsed(await textOf(response, "tidemark_schema")));
  if (!answer.success) return "unreadable";
  const { version, schema, watched, ddl, anonObeys, bounds, settings } = answer.output;
  const covered = Object.entries(watched).filter(([, { covered }]) => covered);
  return {
    version,
    schema: JSON.stringify(schema),
    watched: version === null ? null : covered.map(([relation]) => relation).sort(),
    noticesDdl: ddl,
    anonObeysPolicies: anonObeys,
    bounds,
    settings,
  };
}

/** Undefined when it is not JSON. */
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
 * @throws DatabaseError when the function refuses, or is missing
 */
export function askChanges(target: DatabaseTarget, request: PullRequest): Promise<string> {
  const { since, upto, after } = request;
  // A row's number may be larger than JavaScript's; Postgres reads it from a text as well.
  return call(target, "tidemark_changes", { since, upto, ...(after !== null && { after }) });
}

export async function askPrune(target: DatabaseTarget): Promise<void> {
  await call(target, "tidemark_prune", {});
}

/** The answer's text: numbers in it may be larger than JavaScript's. */
async function call(target: DatabaseTarget, name: string, args: object): Promise<string> {
  return textOf(await callFunction(target, name, args), name);
}

async function textOf(response: Response, name: string): Promise<string> {
  const text = await response.text();
  if (!response.ok) throw new DatabaseError(`${name} answered ${response.status}: ${text.slice(0, 200)}`);
  return text;
}

/** Calls `tidemark_schema`; whoever calls reads the answer, or cancels it. */
export function callSchema(target: DatabaseTarget, { tables, reader }: SchemaQuestion): Promise<Response> {
  return callFunction(target, "tidemark_schema", { tables, ...(reader !== null && { reader }) });
}

/** Calls one of capture's functions; whoever calls reads the answer, or cancels it. */
function callFunction(target: DatabaseTarget, name: string, args: object): Promise<Response> {
  const { url, credentials, secret, exposedSchema, deadlineMs } = target;
  // By POST, since a secret does not belong in a URL.
  return fetch(`${url}/rpc/${name}`, {
    method: "POST",
    headers: {
      ...credentials,
      "content-type": "application/json",
      "content-profile": exposedSchema,
      accept: "application/json",
    },
    body: JSON.stringify({ secret, ...args }),
    redirect: "manual",
    signal: AbortSignal.timeout(deadlineMs),
  });
}
