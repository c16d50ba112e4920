import * as v from "valibot";
import { REST } from "../../keeper/protocol/constants.ts";
import { suggestion } from "../config/suggestion.ts";
import { problem } from "../http/problem.ts";
import { readJsonText } from "../http/request/json-body.ts";

/** Exactly one of the four must be given; `purgeOf` checks that. */
export const purgeBody = v.strictObject({
  keys: v.optional(v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(1_000))),
  prefix: v.optional(v.pipe(v.string(), v.startsWith(`${REST}/`))),
  table: v.optional(v.pipe(v.string(), v.minLength(1))),
  all: v.optional(v.literal(true)),
});

export const warmBody = v.strictObject({
  queries: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(100)),
});

export const modeBody = v.strictObject({ mode: v.picklist(["on", "shadow", "off"]) });

export const explainBody = v.strictObject({
  query: v.string(),
  headers: v.optional(v.record(v.string(), v.string())),
  /** Of a reader who signs in. */
  role: v.optional(v.string()),
  /** A Database Webhook's payload. */
  change: v.optional(v.looseObject({})),
});

/** Query parameters, which are strings. */
export const entriesQuery = v.strictObject({
  prefix: v.optional(v.string(), ""),
  search: v.optional(v.pipe(v.string(), v.maxLength(1_000)), ""),
  sort: v.optional(v.picklist(["registered", "key", "reads", "fills", "invalidations"]), "registered"),
  cursor: v.optional(v.pipe(v.string(), v.minLength(1))),
  limit: v.optional(
    v.pipe(v.string(), v.regex(/^\d{1,4}$/), v.transform(Number), v.minValue(1), v.maxValue(1_000)),
    "100",
  ),
});

export const historyQuery = v.strictObject({ span: v.optional(v.picklist(["day", "month"]), "day") });

type BodySchema = v.StrictObjectSchema<v.ObjectEntries, undefined>;

/** The request's JSON body, checked, or the problem to answer with. */
export async function readBody<S extends BodySchema>(
  request: Request,
  shape: S,
): Promise<v.InferOutput<S> | Response> {
  const text = await readJsonText(request);
  if (text instanceof Response) return text;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return problem("malformed-json", "The body is not JSON");
  }
  return checked(value, shape);
}

/** A value, checked, or a problem that names the field. */
export function checked<S extends BodySchema>(value: unknown, shape: S): v.InferOutput<S> | Response {
  const result = v.safeParse(shape, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = issue.path?.map(({ key }) => String(key)).join(".") ?? "";
  if (issue.type === "strict_object" && issue.expected === "never") {
    const known = Object.keys(shape.entries);
    const similar = suggestion(field, known);
    const hint = similar === undefined ? `Known are ${known.join(", ")}` : `Did you mean ${similar}?`;
    return problem("unknown-field", `${field} is not known. ${hint}`, { members: { field } });
  }
  const what = field === "" ? "The body" : field;
  return problem("invalid-field", `${what}: ${issue.message}`, { members: { field } });
}
