/** What the form of a change holds. The rows are texts of JSON objects; empty: there is none. */
export interface ChangeForm {
  readonly table: string;
  readonly operation: "INSERT" | "UPDATE" | "DELETE";
  readonly record: string;
  readonly old: string;
}

/** A change as Supabase's Database Webhooks tell it, which is how `explain` takes it. Undefined: no table is named. */
export function payloadOf(form: ChangeForm, defaultSchema: string): object | undefined {
  const name = form.table.trim();
  if (name === "") return undefined;
  const [schema, table] = schemaAndTable(name, defaultSchema);
  return {
    type: form.operation,
    ...{ schema, table },
    record: form.operation === "DELETE" ? null : rowOf("The new row", form.record),
    old_record: form.operation === "INSERT" ? null : rowOf("The old row", form.old),
  };
}

/** Of `schema.table`, or of a table in the default schema. The schema ends at the first dot. */
export function schemaAndTable(
  name: string,
  defaultSchema: string,
): readonly [schema: string, table: string] {
  const dot = name.indexOf(".");
  return [dot < 0 ? defaultSchema : name.slice(0, dot), name.slice(dot + 1)];
}

/** @throws TypeError in words for the form */
function rowOf(what: string, text: string): object {
  if (text.trim() === "") throw new TypeError(`${what} is missing: {"id": 1} is one`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TypeError(`${what} is not JSON: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`${what} is not a JSON object`);
  }
  return value;
}
