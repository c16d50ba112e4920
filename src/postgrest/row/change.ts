import { arrayElements, isDeeperThan, objectMembers, unquote } from "./json-source.ts";

/** The exact JSON source text of each column: `7`, `1.00`, `"text"`, `null`. Without prototype. */
export type Row = Readonly<Record<string, string>>;

/** The member of a new row which says that a column missing in both rows is unchanged. No Postgres name holds a NUL. */
export function keptMember(column: string): string {
  return `\0${column}`;
}

/** What happened to a row. */
export type Operation = "INSERT" | "UPDATE" | "DELETE";

/**
 * What happened to one row, or to a relation as a whole (a flush). `relation` is "schema.table". A row that is absent
 * though the operation has one (`old` of an UPDATE) is not told.
 */
export type Change =
  | {
      readonly kind: "row";
      readonly operation: Operation;
      readonly relation: string;
      readonly record?: Row;
      readonly old?: Row;
    }
  | { readonly kind: "flush"; readonly relation: string };

/** A change of one row, not a flush. */
export type RowChange = Extract<Change, { kind: "row" }>;

/** The stable codes of `ChangeSyntaxError`. */
export type ChangeErrorCode = "not-json" | "not-an-object" | "too-deep" | "wrong-shape" | "unknown-type";

/** A payload that tells of no change that can be understood. */
export class ChangeSyntaxError extends Error {
  override readonly name = "ChangeSyntaxError";
  readonly code: ChangeErrorCode;

  constructor(code: ChangeErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Deeper rows are not read, as comparing them uses the engine's stack. Postgres itself prints any depth: values nested by
 * `jsonb_build_array` never went through a parser.
 */
const MAX_DEPTH = 1_000;

/**
 * A change from the payload of a Supabase Database Webhook: `{ type, table, schema, record, old_record }`. `old` is absent
 * when the payload does not tell it. A `TRUNCATE` is a flush, and so is capture's own `FLUSH`.
 *
 * @throws ChangeSyntaxError on a malformed payload
 */
export function changeFromWebhook(payload: string): Change {
  try {
    JSON.parse(payload);
  } catch {
    throw new ChangeSyntaxError("not-json", "the payload is not JSON");
  }
  const members = objectMembers(payload);
  if (members === undefined) throw new ChangeSyntaxError("not-an-object", "the payload is not a JSON object");
  return changeFromMembers(members);
}

/**
 * The same from the payload's members, as `objectMembers` gives them.
 *
 * @throws ChangeSyntaxError when they are no change, or tell a row that cannot be read
 */
export function changeFromMembers(members: Row): Change {
  const relation = relationOf(members);
  if (relation === undefined) throw new ChangeSyntaxError("wrong-shape", "schema and table are not texts");
  const operation = textOf(members.type);
  if (operation === "TRUNCATE" || operation === "FLUSH") return { kind: "flush", relation };
  if (operation !== "INSERT" && operation !== "UPDATE" && operation !== "DELETE") {
    throw new ChangeSyntaxError("unknown-type", `type is ${JSON.stringify(operation?.slice(0, 40) ?? null)}`);
  }
  const record = operation === "DELETE" ? undefined : rowOf(members, "record");
  const old = operation === "INSERT" ? undefined : rowOf(members, "old_record");
  if (operation === "DELETE" ? old === undefined : record === undefined) {
    throw new ChangeSyntaxError("wrong-shape", `the payload of a ${operation} lacks its row`);
  }
  return { kind: "row", operation, relation, ...(record && { record }), ...(old && { old }) };
}

/** {@link flushFromMembers} for text that `JSON.parse` accepts. */
export function flushFromJson(payload: string): Change | undefined {
  return flushFromMembers(objectMembers(payload) ?? {});
}

/**
 * What is left of a change that {@link changeFromMembers} cannot read: its table changed. Undefined when the payload names
 * no table, so anything may have changed.
 */
export function flushFromMembers(members: Row): Change | undefined {
  const relation = relationOf(members);
  return relation === undefined ? undefined : { kind: "flush", relation };
}

/** `schema.table` of a payload. Undefined when it names none. */
export function relationOf({ schema, table }: Row): string | undefined {
  const [schemaName, tableName] = [textOf(schema), textOf(table)];
  return schemaName && tableName ? `${schemaName}.${tableName}` : undefined;
}

function textOf(source: string | undefined): string | undefined {
  return source?.startsWith('"') ? unquote(source) : undefined;
}

function rowOf(members: Row, name: "record" | "old_record"): Row | undefined {
  const source = members[name];
  if (source === undefined || source === "null") return undefined;
  checkReadable(source, name);
  const row = objectMembers(source, { unique: true });
  if (row === undefined) throw new ChangeSyntaxError("wrong-shape", `${name} is not an object of columns`);
  // Capture omits large values that an UPDATE left alone from both rows, and lists their columns under "".
  const kept = row[""]?.startsWith("[") ? arrayElements(row[""]) : undefined;
  for (const column of kept ?? []) row[keptMember(textOf(column) ?? "")] = "true";
  return row;
}

/** @throws ChangeSyntaxError when the text of a row, or of several, can be parsed and still not be understood */
export function checkReadable(source: string, name: string): void {
  if (isDeeperThan(source, MAX_DEPTH))
    throw new ChangeSyntaxError("too-deep", `${name} is nested too deeply`);
  // Bytes that are not UTF-8 arrive as this character, which makes different texts look alike.
  if (source.includes("\ufffd")) throw new ChangeSyntaxError("wrong-shape", `${name} holds U+FFFD`);
}
