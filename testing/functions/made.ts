import type { FunctionConfig } from "../../src/gateway/config/function-config.ts";
import type { Random } from "../random.ts";
import { DECLARED, doing, TAKEN, type Taken } from "./bodies.ts";

/** A function as the generator has made it. */
export interface Made {
  readonly name: string;
  readonly takes: readonly Taken[];
  readonly result: "bigint" | "docs" | "pairs";
  readonly writes: boolean;
  /** Whether it reads the clock itself, and which other function it calls: that may, too. */
  readonly isClock: boolean;
  readonly calls: string | null;
  readonly sql: string;
}

/** Names of functions that Postgres may understand, or not. */
export const FREE = ["f0", "f1", "f2", "f3", "f4", "f5", "f6", "f7"] as const;
export const NAMES: readonly string[] = [...FREE, ...Object.keys(DECLARED)];

/** What the owner writes down of them. It stays true whatever is made. */
export function configOf(): Readonly<Record<string, FunctionConfig | true>> {
  const free = FREE.map((name) => [name, true] as const);
  const declared = Object.entries(DECLARED).map(
    ([name, { dependsOn, claims }]) => [name, { dependsOn, claims }] as const,
  );
  return Object.fromEntries([...free, ...declared]);
}

/** All functions of a name, made anew: one, or several that differ in their arguments. */
export function make(random: Random, name: string): readonly Made[] {
  if (Object.hasOwn(DECLARED, name)) return [declared(random, name)];
  const number = FREE.indexOf(name as (typeof FREE)[number]);
  // The first ones take nothing, so that later ones can call them.
  if (number < 2) return [free(random, name, [], [])];
  const others = number > 3 ? ["public.f0", "public.f1"] : [];
  const first = free(random, name, taken(random), others);
  if (!random.chance(0.25)) return [first];
  const second = free(random, name, taken(random), others);
  const types = (made: Made) => made.takes.map(({ type }) => type).join();
  return types(first) === types(second) ? [first] : [first, second];
}

function taken(random: Random): readonly Taken[] {
  const picked = TAKEN.filter(({ isVariadic }) => random.chance(isVariadic ? 0.12 : 0.35));
  let hasDefault = random.chance(0.5);
  // After a parameter with a default all others need one; a VARIADIC one is the last, and then there are none.
  if (picked.some(({ isVariadic }) => isVariadic)) hasDefault = false;
  const from = random.below(picked.length + 1);
  return picked.map((each, at) => ({ ...each, byDefault: hasDefault && at >= from ? each.byDefault : null }));
}

function free(random: Random, name: string, takes: readonly Taken[], others: readonly string[]): Made {
  const { parts, isClock, calls } = doing(random, takes, others);
  const result = name < "f2" ? "bigint" : random.pick(["bigint", "bigint", "docs", "pairs"] as const);
  const writes = random.chance(0.08);
  const label = writes ? "volatile" : random.pick(["stable", "stable", "stable", "volatile", "immutable"]);
  const way = random.pick(["quoted", "quoted", "atomic", "plpgsql"] as const);
  return built({ name, takes, result, writes, isClock, calls }, parts, label, way, random);
}

function declared(random: Random, name: string): Made {
  const { takes: names = [], parts = [] } = DECLARED[name] ?? {};
  const takes = TAKEN.filter((each) => names.includes(each.name)).map((each) => ({
    ...each,
    byDefault: random.chance(0.3) ? each.byDefault : null,
  }));
  const made = { name, takes, result: "bigint", writes: false, isClock: false, calls: null } as const;
  const way = random.chance(0.7) ? "plpgsql" : "quoted";
  // Another one each time.
  return built(made, [...parts, String(random.below(9))], "stable", way, random);
}

function built(
  made: Omit<Made, "sql">,
  parts: readonly string[],
  label: string,
  way: "quoted" | "atomic" | "plpgsql",
  random: Random,
): Made {
  const { name, takes, result, writes } = made;
  const parameters = takes.map(
    (each) =>
      `${each.isVariadic ? "variadic " : ""}${each.name} ${each.type}${each.byDefault === null ? "" : ` default ${each.byDefault}`}`,
  );
  const returns = { bigint: "bigint", docs: "setof public.docs", pairs: "table (number int, heading text)" }[
    result
  ];
  const sum = parts.map((part) => `(${part})`).join(" + ");
  const query = {
    bigint: `select (${sum})::bigint`,
    docs: `select d.* from public.docs d where d.id > (${sum}) % 7`,
    pairs: `select d.id, d.title from public.docs d where d.id > (${sum}) % 5`,
  }[result];
  const write = "insert into public.log values (1);";
  const body = {
    quoted: `as $body$ ${writes ? write : ""} ${query} $body$`,
    atomic: `begin atomic ${writes ? write : ""} ${query}; end`,
    plpgsql: `as $body$ #variable_conflict use_variable
      begin ${writes ? write : ""} ${result === "bigint" ? `return (${query});` : `return query ${query};`} end $body$`,
  }[way];
  const language = way === "plpgsql" ? "plpgsql" : "sql";
  const security = random.chance(0.3) ? " security definer" : "";
  const path = random.chance(0.5) ? " set search_path = ''" : "";
  const sql = `create function public.${name}(${parameters.join(", ")}) returns ${returns} language ${language} ${label}${security}${path} ${body}`;
  return { ...made, sql };
}
