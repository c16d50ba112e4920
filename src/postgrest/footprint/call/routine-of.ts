import { bodyArguments } from "../../query/parse-call.ts";
import type { Query } from "../../query/query.ts";
import type { FunctionCall } from "../../query/read.ts";
import type { RelationDescription, Routine, RoutineParameter, Schema } from "../../schema/schema.ts";
import type { FootprintBypass } from "../footprint.ts";

/** "schema.name()": how a configuration, a schema and a footprint name the functions that a read may call. */
export function routineName({
  schema,
  relation,
}: {
  readonly schema: string;
  readonly relation: string;
}): string {
  return `${schema}.${relation}()`;
}

/** The description of the functions with this name. Undefined: the database has not told of them. */
export function routinesOf(
  schema: Schema | undefined,
  read: { readonly schema: string; readonly relation: string },
): RelationDescription | undefined {
  const description = schema?.get(routineName(read));
  return description?.routines === undefined ? undefined : description;
}

/**
 * The one function that PostgREST calls, or why that is not certain. It goes by the names of the arguments (`Plan.hs`,
 * `findProc`): all required ones are there, and no other than the optional ones.
 */
export function routineOf(
  description: RelationDescription | undefined,
  call: FunctionCall,
  query: Query,
): Routine | FootprintBypass {
  const routines = description?.routines ?? [];
  if (routines.length === 0) return "function-unknown";
  // What has no name is given the body as it came, and which one is called then depends on more than names.
  const parameters = routines.flatMap((routine) => routine.parameters);
  if (routines.some(({ isPlain }) => !isPlain) || parameters.some(({ name }) => name === ""))
    return "ambiguous-function";
  if (call.method === "GET" && filtersBy(query, parameters)) return "ambiguous-function";
  const given = new Set(argumentsOf(call).map(([name]) => name));
  const [routine, ...others] = routines.filter((each) => takes(each, given));
  return routine === undefined || others.length > 0 ? "ambiguous-function" : routine;
}

/** The arguments of a call, each with its text; of a POST, as JSON. */
export function argumentsOf(call: FunctionCall) {
  return call.method === "GET" ? call.arguments : bodyArguments(call.body);
}

function takes({ parameters }: Routine, given: ReadonlySet<string>): boolean {
  const names = new Set(parameters.map(({ name }) => name));
  if (![...given].every((name) => names.has(name))) return false;
  return parameters.every(({ name, isRequired }) => !isRequired || given.has(name));
}

/** Whether a parameter of the query that is a filter to PostgREST has an argument's name: other APIs may take it for one. */
function filtersBy({ root }: Query, parameters: readonly RoutineParameter[]): boolean {
  const names = new Set(parameters.map(({ name }) => name));
  return root.where.some((condition) => condition.kind === "filter" && names.has(condition.field.column));
}
