import { objectMembers, unquote } from "./json-source.ts";

/** Exact JSON source text per column: `7`, `1.00`, `"text"`, `null`. Lossless; without prototype. */
export type Row = Readonly<Record<string, string>>;

export type Operation = "INSERT" | "UPDATE" | "DELETE";

/** What happened to one row, or (a flush) to a relation as a whole. `relation` is "schema.table". */
export type Change =
  | {
      readonly kind: "row";
      readonly operation: Operation;
      readonly relation: string;
      readonly record?: Row;
      readonly old?: Row;
    }
  | { readonly kind: "flush"; readonly relation: string };

export type ChangeErrorCode = "not-json" | "too-deep" | "wrong-shape" | "unknown-type";

export class ChangeSyntaxError extends Error {
  override readonly name = "ChangeSyntaxError";
  readonly code: ChangeErrorCode;

  constructor(code: ChangeErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Deeper payloads are refused; Postgres itself stops a `json` value far later. */
const MAX_PAYLOAD_DEPTH = 1_000;

/**
 * A change from the payload of a Supabase Database Webhook: `{ type, table, schema, record, old_record }`.
 * `old` is absent when the payload does not tell it. A `TRUNCATE` is a flush.
 *
 * @throws ChangeSyntaxError on a malformed payload
 */
export function changeFromWebhook(payload: string): Change {
  checkDepth(payload);
  try {
    JSON.parse(payload);
  } catch {
    throw new ChangeSyntaxError("not-json", "the payload is not JSON");
  }
  const members = objectMembers(payload);
  if (members === undefined) throw new ChangeSyntaxError("wrong-shape", "the payload is not a JSON object");
  const relation = `${textOf(members, "schema")}.${textOf(members, "table")}`;
  const operation = textOf(members, "type");
  if (operation === "TRUNCATE") return { kind: "flush", relation };
  if (operation !== "INSERT" && operation !== "UPDATE" && operation !== "DELETE") {
    throw new ChangeSyntaxError("unknown-type", `type is ${JSON.stringify(operation.slice(0, 40))}`);
  }
  const record = operation === "DELETE" ? undefined : rowOf(members, "record");
  const old = operation === "INSERT" ? undefined : rowOf(members, "old_record");
  if (operation === "DELETE" ? old === undefined : record === undefined) {
    throw new ChangeSyntaxError("wrong-shape", `the payload of a ${operation} lacks its row`);
  }
  return { kind: "row", operation, relation, ...(record && { record }), ...(old && { old }) };
}

function textOf(members: Row, name: string): string {
  const source = members[name];
  const text = source?.startsWith('"') ? unquote(source) : "";
  if (text === "") throw new ChangeSyntaxError("wrong-shape", `${name} is not a text`);
  return text;
}

function rowOf(members: Row, name: string): Row | undefined {
  const source = members[name];
  if (source === undefined || source === "null") return undefined;
  const row = objectMembers(source);
  if (row === undefined) throw new ChangeSyntaxError("wrong-shape", `${name} is not an object`);
  return row;
}

/** Before `JSON.parse`, whose own limit is the engine's stack. */
function checkDepth(payload: string): void {
  let depth = 0;
  for (let at = 0; at < payload.length; at += 1) {
    const character = payload[at];
    if (character === '"') {
      for (at += 1; at < payload.length && payload[at] !== '"'; at += 1) if (payload[at] === "\\") at += 1;
    } else if (character === "{" || character === "[") {
      depth += 1;
      if (depth > MAX_PAYLOAD_DEPTH)
        throw new ChangeSyntaxError("too-deep", "the payload is nested too deeply");
    } else if (character === "}" || character === "]") depth -= 1;
  }
}
