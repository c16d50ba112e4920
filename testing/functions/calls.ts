import type { Random } from "../random.ts";
import type { Taken } from "./bodies.ts";
import type { Made } from "./made.ts";

/** A call as a client sends it. */
export interface Call {
  readonly name: string;
  readonly method: "GET" | "POST";
  /** Texts as GET has them, or JSON texts as POST has them. A VARIADIC one may repeat on GET. */
  readonly given: readonly (readonly [name: string, value: string])[];
  /** Filters of the result, as PostgREST and as SQL have them. */
  readonly filter: { readonly search: string; readonly sql: string } | null;
}

const GET_VALUES: Readonly<Record<Taken["name"], readonly string[]>> = {
  team: ["1", "2", "3", "03", " 2", "many", "9007199254740993"],
  label: ["a", "b", "", "null", "A"],
  ids: ["{1,2}", "{3}", "4"],
  data: ["{}", '{"b":1,"a":2}', '{"a":2,"b":1}', "[1.0]", "x"],
  since: ["2020-01-02", "2020-02-01", "today", "tomorrow"],
};

const POST_VALUES: Readonly<Record<Taken["name"], readonly string[]>> = {
  team: ["1", "2", "3", '"3"', '"2 "', "1.0", "null", "9007199254740993"],
  label: ['"a"', '"b"', '""', "null", "7", '"\\u0061"', "true"],
  ids: ["[1,2]", "[3]", "[]", '"{1}"', "null"],
  data: ["{}", '{"b":1,"a":2}', '{"a":2,"b":1}', "[1.0]", "[1.00]", "null", '{"a":1,"a":2}'],
  since: ['"2020-01-02"', '"2020-02-01"', '"today"', "null"],
};

const FILTERS = {
  docs: { search: "id=gte.3&select=id,title", sql: "where r.id >= 3" },
  pairs: { search: "number=lt.5", sql: "where r.number < 5" },
} as const;

/** A call of one of these functions that may well succeed. */
export function call(random: Random, functions: readonly Made[]): Call {
  const { name, takes, result } = random.pick(functions);
  const method = random.pick(["GET", "POST"] as const);
  const values = method === "GET" ? GET_VALUES : POST_VALUES;
  const given: [string, string][] = [];
  for (const each of takes) {
    if (each.byDefault !== null && random.chance(0.4)) continue;
    if (random.chance(0.04)) continue;
    // The first ones are what one expects.
    const known = values[each.name];
    given.push([each.name, known[random.below(random.chance(0.8) ? 3 : known.length)] ?? ""]);
  }
  if (random.chance(0.03)) given.push(["other", "1"]);
  const filter = result !== "bigint" && random.chance(0.4) ? FILTERS[result] : null;
  return { name, method, given: random.shuffled(given), filter };
}

/** The query string and the body of a call. */
export function requestOf({ method, given, filter }: Call): {
  readonly search: string;
  readonly body: string | null;
} {
  const search = filter?.search ?? "";
  if (method === "POST")
    return { search, body: `{ ${given.map(([name, value]) => `"${name}": ${value}`).join(", ")} }` };
  const parameters = given.map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return { search: [...parameters, search].filter((each) => each !== "").join("&"), body: null };
}

/** The one function that PostgREST calls; undefined when it refuses. */
export function calledBy({ name, given }: Call, functions: readonly Made[]): Made | undefined {
  const names = new Set(given.map(([each]) => each));
  const fitting = functions.filter((made) => {
    if (made.name !== name) return false;
    const known = new Set<string>(made.takes.map((each) => each.name));
    const isWhole = made.takes.every((each) => each.byDefault !== null || names.has(each.name));
    return isWhole && [...names].every((each) => known.has(each));
  });
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** What PostgREST makes of a call, as one query of one text. */
export function sqlOf(asked: Call, made: Made): string {
  const { method, given, filter } = asked;
  const takes = made.takes.filter((each) => given.some(([name]) => name === each.name));
  const textOf = (name: string) => given.find(([each]) => each === name)?.[1] ?? "";
  const spread = (each: Taken, value: string) =>
    `${each.isVariadic ? "variadic " : ""}${each.name} => ${value}`;
  const columns = method === "GET" ? [] : takes.map((each) => `"${each.name}" ${each.type}`);
  const passed = takes.map((each) =>
    spread(each, method === "GET" ? `${literal(textOf(each.name))}::${each.type}` : `given."${each.name}"`),
  );
  const body = `{${given.map(([name, value]) => `"${name}":${value}`).join(",")}}`;
  const from =
    columns.length > 0
      ? `json_to_record(${literal(body)}::json) as given(${columns.join(", ")}), lateral `
      : "";
  const rows = `select r from ${from}public.${made.name}(${passed.join(", ")}) r ${filter?.sql ?? ""}`;
  return `select coalesce(json_agg(x.r order by to_json(x.r)::text), '[]')::text from (${rows}) x`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
