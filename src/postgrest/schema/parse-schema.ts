import type {
  Caveat,
  ClaimSource,
  ColumnDescription,
  ColumnOrigin,
  Computed,
  ForeignKey,
  Helper,
  Reads,
  RelationDescription,
  RlsPolicy,
  Routine,
  RoutineParameter,
  Schema,
} from "./schema.ts";

/** The answer of `tidemark_schema()` is not what this version expects. The message names the place. */
export class SchemaSyntaxError extends Error {
  override readonly name = "SchemaSyntaxError";
}

/** What row images tell. */
interface RowImages {
  /**
   * An array that does not begin at 1 is printed as its Postgres text in a JSON string, which capture does. Webhooks print
   * it like one that begins at 1.
   */
  readonly bounds: boolean;
}

/**
 * Reads the JSON of `tidemark_schema()`.
 *
 * By hand, as names of columns are keys here: a validator that skips `constructor` and `prototype`, as valibot's records
 * do, would lose columns, and a change in a lost column would touch no answer.
 *
 * @param images what the changes' rows tell
 * @throws SchemaSyntaxError
 */
export function parseSchema(json: string, images: RowImages = { bounds: false }): Schema {
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch {
    throw new SchemaSyntaxError("the schema is not JSON");
  }
  return mapOf(document, "schema", (value, at) => relation(value, at, images.bounds));
}

/** Of a relation that configured tables only refer to, Postgres tells no more than kind, ancestors and foreign keys. */
function relation(value: unknown, at: string, bounds: boolean): RelationDescription {
  const members = objectOf(value, at);
  const list = (name: string) => listOf(members[name] ?? [], `${at}.${name}`, textOf);
  const { reads, rowSecurity, partitionKey, routines } = members;
  return {
    kind: oneOf(members.kind, `${at}.kind`, [
      ...(["table", "partitioned", "view", "materialized", "foreign", "function"] as const),
    ]),
    columns: mapOf(members.columns ?? {}, `${at}.columns`, (value, place) => column(value, place, bounds)),
    keys: listOf(members.keys ?? [], `${at}.keys`, (key, place) => listOf(key, place, textOf)),
    foreignKeys: listOf(members.foreignKeys ?? [], `${at}.foreignKeys`, foreignKey),
    descendants: list("descendants"),
    ancestors: list("ancestors"),
    ...(isPresent(partitionKey) && { partitionKey: list("partitionKey") }),
    // Required: older installations tell it as a list, and have to be upgraded.
    computed: mapOf(members.computed, `${at}.computed`, computed),
    handlers: list("handlers"),
    origins: mapOf(members.origins ?? {}, `${at}.origins`, (from, place) => listOf(from, place, origin)),
    ...(isPresent(reads) && { reads: readsOf(reads, `${at}.reads`) }),
    ...(rowSecurity === true && { rowSecurity }),
    ...(isPresent(routines) && {
      routines: listOf(routines, `${at}.routines`, (each, place) => routine(each, place, bounds)),
    }),
  };
}

function routine(value: unknown, at: string, bounds: boolean): Routine {
  const members = objectOf(value, at);
  const result = objectOf(members.result, `${at}.result`);
  const { relation, caveat: because } = result;
  return {
    signature: textOf(members.signature, `${at}.signature`),
    isPlain: flagOf(members.isPlain, `${at}.isPlain`),
    volatility: oneOf(members.volatility, `${at}.volatility`, ["immutable", "stable", "volatile"]),
    isDefiner: flagOf(members.isDefiner, `${at}.isDefiner`),
    parameters: listOf(members.parameters, `${at}.parameters`, parameter),
    setsResponse: flagOf(members.setsResponse, `${at}.setsResponse`),
    isAnalysed: flagOf(members.isAnalysed, `${at}.isAnalysed`),
    result: {
      isSet: flagOf(result.isSet, `${at}.result.isSet`),
      relation: isPresent(relation) ? textOf(relation, `${at}.result.relation`) : null,
      columns: mapOf(result.columns, `${at}.result.columns`, (each, place) => column(each, place, bounds)),
      ...(isPresent(because) && { caveat: caveat(because, `${at}.result.caveat`) }),
    },
  };
}

function parameter(value: unknown, at: string): RoutineParameter {
  const members = objectOf(value, at);
  return {
    name: textOf(members.name, `${at}.name`),
    type: textOf(members.type, `${at}.type`),
    family: oneOf(members.family, `${at}.family`, ["base", "enum", "opaque"]),
    isRequired: flagOf(members.isRequired, `${at}.isRequired`),
  };
}

function isPresent(value: unknown): boolean {
  return value !== null && value !== undefined;
}

function column(value: unknown, at: string, bounds: boolean): ColumnDescription {
  const members = objectOf(value, at);
  const type = textOf(members.type, `${at}.type`);
  const isArray = type.startsWith("_");
  return {
    type,
    family: oneOf(members.family, `${at}.family`, ["base", "enum", "opaque"]),
    notNull: flagOf(members.notNull, `${at}.notNull`),
    plainCollation: flagOf(members.plainCollation, `${at}.plainCollation`),
    exact: flagOf(members.exact, `${at}.exact`) && (bounds || !isArray),
    ...(isArray && bounds && { bounded: true as const }),
    generated: oneOf(members.generated, `${at}.generated`, ["no", "stored", "virtual"]),
    ...(isPresent(members.caveat) && { caveat: caveat(members.caveat, `${at}.caveat`) }),
  };
}

function caveat(value: unknown, at: string): Caveat {
  const members = objectOf(value, at);
  return {
    kind: oneOf(members.kind, `${at}.kind`, ["clock", "unknown-reads", "unwatchable"]),
    culprit: textOf(members.culprit, `${at}.culprit`),
  };
}

function origin(value: unknown, at: string): ColumnOrigin {
  const members = objectOf(value, at);
  return {
    relation: textOf(members.relation, `${at}.relation`),
    column: textOf(members.column, `${at}.column`),
  };
}

function computed(value: unknown, at: string): Computed {
  const members = objectOf(value, at);
  return {
    ...(isPresent(members.target) && { target: textOf(members.target, `${at}.target`) }),
    reads: readsOf(members.reads, `${at}.reads`),
  };
}

function foreignKey(value: unknown, at: string): ForeignKey {
  const members = objectOf(value, at);
  return {
    name: textOf(members.name, `${at}.name`),
    columns: listOf(members.columns, `${at}.columns`, textOf),
    relation: textOf(members.relation, `${at}.relation`),
    referenced: listOf(members.referenced, `${at}.referenced`, textOf),
  };
}

function readsOf(value: unknown, at: string): Reads {
  const members = objectOf(value, at);
  return {
    ...(Array.isArray(members.policies) && {
      policies: listOf(members.policies, `${at}.policies`, policy),
    }),
    relations: mapOf(members.relations, `${at}.relations`, columnsRead),
    calls: mapOf(members.calls, `${at}.calls`, columnsRead),
    caveats: listOf(members.caveats, `${at}.caveats`, caveat),
    request: listOf(members.request, `${at}.request`, textOf),
    // Required: an older installation does not tell them, and readers would share answers that differ.
    claims: listOf(members.claims, `${at}.claims`, claimSource),
    ...(isPresent(members.helpers) && { helpers: listOf(members.helpers, `${at}.helpers`, helper) }),
  };
}

function claimSource(value: unknown, at: string): ClaimSource {
  const members = objectOf(value, at);
  const readers = Number(members.readers);
  if (!Number.isSafeInteger(readers)) refuse(`${at}.readers`, "a number");
  return {
    culprit: textOf(members.culprit, `${at}.culprit`),
    text: textOf(members.text, `${at}.text`),
    readers,
    functions: mapOf(members.functions, `${at}.functions`, textOf),
  };
}

function helper(value: unknown, at: string): Helper {
  const members = objectOf(value, at);
  return {
    name: textOf(members.name, `${at}.name`),
    parameters: listOf(members.parameters, `${at}.parameters`, textOf),
    body: textOf(members.body, `${at}.body`),
  };
}

function columnsRead(value: unknown, at: string): readonly string[] {
  return listOf(value, at, textOf);
}

function policy(value: unknown, at: string): RlsPolicy {
  const members = objectOf(value, at);
  return {
    using: textOf(members.using, `${at}.using`),
    permissive: flagOf(members.permissive, `${at}.permissive`),
    ...(members.bindsReader === true && { bindsReader: true }),
  };
}

function objectOf(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) refuse(at, "an object");
  return value as Readonly<Record<string, unknown>>;
}

function mapOf<T>(
  value: unknown,
  at: string,
  read: (value: unknown, at: string) => T,
): ReadonlyMap<string, T> {
  const entries = Object.entries(objectOf(value, at));
  return new Map(entries.map(([name, member]) => [name, read(member, `${at}.${name}`)]));
}

function listOf<T>(value: unknown, at: string, read: (value: unknown, at: string) => T): readonly T[] {
  if (!Array.isArray(value)) refuse(at, "a list");
  return value.map((element: unknown, number) => read(element, `${at}[${number}]`));
}

function textOf(value: unknown, at: string): string {
  return typeof value === "string" ? value : refuse(at, "a text");
}

function flagOf(value: unknown, at: string): boolean {
  return typeof value === "boolean" ? value : refuse(at, "true or false");
}

function oneOf<T extends string>(value: unknown, at: string, names: readonly T[]): T {
  return names.find((name) => name === value) ?? refuse(at, names.join(", "));
}

function refuse(at: string, expected: string): never {
  throw new SchemaSyntaxError(`${at} is not ${expected}`);
}
