import * as v from "valibot";
import type { SchemaQuestion } from "../../keeper/ports/ports.ts";
import { callSchema, type DatabaseTarget } from "../../origin/ask-database.ts";
import { parseSchema, SchemaSyntaxError } from "../../postgrest/schema/parse-schema.ts";
import type { Schema } from "../../postgrest/schema/schema.ts";
import { reasonOf } from "../../relay/reason.ts";

/** All of `tidemark_schema()`'s answer; the keeper takes less of it. */
export interface SchemaAnswer {
  readonly schema: Schema;
  /** Null: capture is not installed. */
  readonly version: number | null;
  readonly watched: ReadonlyMap<string, Watched>;
  /** Why no nudges are sent, though they were asked for; null: they are, or were not. */
  readonly nudgeObstacle: string | null;
  readonly ddl: boolean;
  /** Whether nobody else can replace what the keeper calls; undefined where an older installation does not say. */
  readonly functionsOwned: boolean | undefined;
  /** Tables whose row-level security is on; undefined where an older installation does not say. */
  readonly rowSecurity: ReadonlyMap<string, boolean | undefined>;
}

interface Watched {
  /** Null: all. */
  readonly columns: readonly string[] | null;
  /** Whether all of its triggers are on. */
  readonly covered: boolean;
  /** What stands in the way of that; null where nothing does, or an older installation does not say. */
  readonly obstacle: string | null;
}

/** Why the database did not describe itself. */
export type Refusal =
  | { readonly kind: "unreachable"; readonly reason: string }
  | { readonly kind: "unreadable"; readonly reason: string }
  | { readonly kind: "refused"; readonly status: number; readonly code: string; readonly reason: string };

const watchedShape = v.object({
  columns: v.nullable(v.array(v.string())),
  covered: v.boolean(),
  obstacle: v.optional(v.nullable(v.string()), null),
});

const answerShape = v.object({
  version: v.nullable(v.number()),
  schema: v.record(v.string(), v.looseObject({ rowSecurity: v.optional(v.boolean()) })),
  watched: v.record(v.string(), watchedShape),
  nudgeObstacle: v.optional(v.nullable(v.string()), null),
  ddl: v.boolean(),
  functionsOwned: v.optional(v.boolean()),
});

const errorShape = v.object({ code: v.string(), message: v.string() });

/** Asks as the keeper does: through PostgREST, with its key, token and secret. */
export async function askWholeSchema(
  target: DatabaseTarget,
  question: SchemaQuestion,
): Promise<SchemaAnswer | Refusal> {
  let response: Response;
  let text: string;
  try {
    response = await callSchema(target, question);
    text = await response.text();
  } catch (error) {
    return { kind: "unreachable", reason: reasonOf(error) };
  }
  return response.ok ? read(text) : { kind: "refused", status: response.status, ...errorOf(text) };
}

function read(text: string): SchemaAnswer | Refusal {
  const answer = v.safeParse(answerShape, jsonOf(text));
  if (!answer.success) return { kind: "unreadable", reason: "it has another form" };
  const { version, schema, watched, ddl, functionsOwned, nudgeObstacle } = answer.output;
  try {
    return {
      schema: parseSchema(JSON.stringify(schema)),
      version,
      watched: new Map(Object.entries(watched)),
      ddl,
      functionsOwned,
      nudgeObstacle,
      rowSecurity: new Map(Object.entries(schema).map(([name, { rowSecurity }]) => [name, rowSecurity])),
    };
  } catch (error) {
    if (!(error instanceof SchemaSyntaxError)) throw error;
    return { kind: "unreadable", reason: error.message };
  }
}

/** PostgREST's error, or whatever stands before it said. */
function errorOf(text: string): { readonly code: string; readonly reason: string } {
  const error = v.safeParse(errorShape, jsonOf(text));
  if (error.success) return { code: error.output.code, reason: error.output.message };
  return { code: "", reason: text.replaceAll(/\s+/g, " ").slice(0, 200) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
