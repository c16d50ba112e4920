import type { Query } from "../../query/query.ts";
import type { FunctionCall, Read } from "../../query/read.ts";
import type { Routine, Schema } from "../../schema/schema.ts";
import { movingLiteral, volatileIn } from "../volatile.ts";
import { argumentsOf, routineOf, routinesOf } from "./routine-of.ts";

/** The texts in an argument: all of a GET's are texts; of a POST's the value itself, or the texts inside of it. */
function textsIn(method: FunctionCall["method"], value: string): readonly string[] {
  if (method === "GET") return [value];
  const texts: string[] = [value];
  const waiting: unknown[] = [JSON.parse(value)];
  for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
    if (typeof each === "string") texts.push(each);
    else if (typeof each === "object" && each !== null) waiting.push(...Object.values(each));
  }
  return texts;
}

/**
 * The first argument or literal of a call whose meaning depends on the clock; undefined when there is none. Like
 * `volatileLiteral`, for functions.
 *
 * @param query `read.search`, parsed
 */
export function volatileArgument(
  read: Read,
  call: FunctionCall,
  query: Query,
  schema: Schema | undefined,
): string | undefined {
  const routine = routineOf(routinesOf(schema, read), call, query);
  // Then the read is bypassed for that.
  if (typeof routine === "string") return undefined;
  for (const [name, value] of argumentsOf(call)) {
    const parameter = routine.parameters.find((each) => each.name === name);
    const moving = textsIn(call.method, value).find((text) => movingLiteral(parameter, [text]) !== undefined);
    if (moving !== undefined) return moving;
  }
  return volatileIn(routine.result.relation, query, schema);
}

/** An argument as a literal of a filter: the text that Postgres reads by the parameter's type. Undefined: it is none, or NULL. */
export function literalOf(routine: Routine, call: FunctionCall, name: string): Literal | undefined {
  const given = argumentsOf(call).filter(([each]) => each === name);
  const parameter = routine.parameters.find((each) => each.name === name);
  const [, value] = given[0] ?? [];
  if (value === undefined || given.length > 1 || parameter === undefined) return undefined;
  if (call.method === "GET") return { text: value, type: parameter.type };
  const parsed: unknown = JSON.parse(value);
  if (typeof parsed === "string") return { text: parsed, type: parameter.type };
  return parsed === null || typeof parsed === "object" ? undefined : { text: value, type: parameter.type };
}

interface Literal {
  readonly text: string;
  /** The parameter's. */
  readonly type: string;
}
