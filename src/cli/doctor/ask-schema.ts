import * as v from "valibot";
import { type AnyTables, callSchema, type DatabaseTarget } from "../../origin/ask-database.ts";
import { parseSchema, SchemaSyntaxError } from "../../postgrest/schema/parse-schema.ts";
import type { Schema } from "../../postgrest/schema/schema.ts";
import { reasonOf } from "../../relay/reason.ts";
import { isTimeout } from "../command/deadline.ts";
import { jsonOf } from "../command/json.ts";

/** The whole answer of `tidemark_schema()`. The keeper reads only a part of it. */
export interface SchemaAnswer {
  readonly schema: Schema;
  /** Null when capture is not installed. */
  readonly version: number | null;
  readonly watched: ReadonlyMap<string, Watched>;
  /** Why no nudges are sent although they are switched on; null when they are sent or switched off. */
  readonly nudgeObstacle: string | null;
  readonly ddl: boolean;
  /** The form in which changes are told; null without capture, undefined from an older installation. */
  readonly outbox: number | null | undefined;
  /** Whether no other role can replace what the keeper calls; undefined from an older installation. */
  readonly functionsOwned: boolean | undefined;
  /** Why bodies of functions are not looked into; undefined without capture, and from an older installation. */
  readonly analysis: Analysis | undefined;
  /** Whether policies are sure to bind the role that reads; undefined from an older installation. */
  readonly obeysPolicies: boolean | undefined;
  /** Whether the role that reads exists; undefined from an older installation. */
  readonly readerExists: boolean | undefined;
  /** Whether row-level security is on, by relation; undefined from an older installation. */
  readonly rowSecurity: ReadonlyMap<string, boolean | undefined>;
}

export interface Analysis {
  /** Why none is; null when some are. */
  readonly obstacle: string | null;
  /** Why one is not, by the function's signature. */
  readonly refusals: Readonly<Record<string, string>>;
}

interface Watched {
  /** Null means all. */
  readonly columns: readonly string[] | null;
  /** Whether all of its triggers are on. */
  readonly covered: boolean;
  /** Why they cannot be; null when they can, and from an older installation. */
  readonly obstacle: string | null;
}

/** Why the database did not describe itself. */
export type SchemaRefusal =
  | { readonly kind: "unreachable"; readonly reason: string }
  /** The deadline passed. */
  | { readonly kind: "silent"; readonly reason: string }
  /** Whatever answers there is no PostgREST. */
  | { readonly kind: "foreign"; readonly reason: string }
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
  outbox: v.nullish(v.number()),
  functionsOwned: v.optional(v.boolean()),
  anonObeys: v.optional(v.boolean()),
  readerExists: v.optional(v.boolean()),
  analysis: v.nullish(
    v.object({ obstacle: v.nullable(v.string()), refusals: v.record(v.string(), v.string()) }),
  ),
});

const errorShape = v.object({ code: v.string(), message: v.string() });

/** Asks as the keeper does: through PostgREST, with its key, token and secret. Never throws. */
export async function askWholeSchema(
  target: DatabaseTarget,
  question: AnyTables,
): Promise<SchemaAnswer | SchemaRefusal> {
  let response: Response;
  let text: string;
  try {
    response = await callSchema(target, question);
    text = await response.text();
  } catch (error) {
    return { kind: isTimeout(error) ? "silent" : "unreachable", reason: reasonOf(error) };
  }
  if (!response.ok) return { kind: "refused", status: response.status, ...errorOf(text) };
  if (jsonOf(text) !== undefined) return read(text);
  const type = response.headers.get("content-type") ?? "without a type";
  return { kind: "foreign", reason: `it answered ${response.status}, ${type}` };
}

function read(text: string): SchemaAnswer | SchemaRefusal {
  const answer = v.safeParse(answerShape, jsonOf(text));
  if (!answer.success) return { kind: "unreadable", reason: "it has an unknown form" };
  const { version, schema, watched, ddl, outbox, functionsOwned } = answer.output;
  const { nudgeObstacle, anonObeys, readerExists, analysis } = answer.output;
  try {
    return {
      schema: parseSchema(JSON.stringify(schema)),
      version,
      watched: new Map(Object.entries(watched)),
      ...{ ddl, outbox },
      functionsOwned,
      nudgeObstacle,
      obeysPolicies: anonObeys,
      readerExists,
      analysis: analysis ?? undefined,
      rowSecurity: new Map(Object.entries(schema).map(([name, { rowSecurity }]) => [name, rowSecurity])),
    };
  } catch (error) {
    if (!(error instanceof SchemaSyntaxError)) throw error;
    return { kind: "unreadable", reason: error.message };
  }
}

/** PostgREST's error, or the text of whatever answered in its place. */
function errorOf(text: string): { readonly code: string; readonly reason: string } {
  const error = v.safeParse(errorShape, jsonOf(text));
  if (error.success) return { code: error.output.code, reason: error.output.message };
  return { code: "", reason: text.replaceAll(/\s+/g, " ").slice(0, 200) };
}
