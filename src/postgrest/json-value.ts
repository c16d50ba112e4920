import { compareDecimals, parseDecimal } from "./decimal.ts";
import { arrayElements, objectMembers, unquote } from "./json-source.ts";
import type { PathStep } from "./query.ts";

/**
 * `jsonb`'s own semantics on JSON source text, numbers exact: paths, equality, containment. Text must come from
 * `jsonb` or be valid JSON. Where a number is beyond exact reach the answer is undefined: not known.
 */

/** `->key`, `->0`: source text, or null for SQL's NULL. */
export function stepInto(source: string, step: PathStep): string | null {
  if (step.key !== undefined) return objectMembers(source)?.[step.key] ?? null;
  const elements = arrayElements(source);
  if (elements === undefined) {
    // jsonb keeps a bare scalar as an array of one, and lets that show here.
    const isScalar = !source.startsWith("{");
    return isScalar && (step.index === "0" || step.index === "-1") ? source : null;
  }
  return elements.at(Number(step.index)) ?? null;
}

/** `->>`: strings lose their quotes, JSON's null becomes SQL's. */
export function textOf(source: string): string | null {
  if (source === "null") return null;
  return source.startsWith('"') ? unquote(source) : source;
}

export function jsonEquals(a: string, b: string): boolean | undefined {
  const kind = kindOf(a);
  if (kind !== kindOf(b)) return false;
  if (kind === "scalar") return scalarEquals(a, b);
  if (kind === "array") {
    const [left, right] = [arrayElements(a) ?? [], arrayElements(b) ?? []];
    return left.length === right.length && every(left, (element, at) => jsonEquals(element, right[at] ?? ""));
  }
  const [left, right] = [objectMembers(a) ?? {}, objectMembers(b) ?? {}];
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    every(keys, (key) => {
      const other = right[key];
      return other !== undefined && jsonEquals(left[key] ?? "", other);
    })
  );
}

/** `container @> part`: structure by structure; arrays by existence; an array also contains a bare scalar, at the top. */
export function jsonContains(container: string, part: string, top = true): boolean | undefined {
  const [kind, partKind] = [kindOf(container), kindOf(part)];
  if (kind === "array" && partKind === "scalar" && top) {
    return some(arrayElements(container) ?? [], (element) => scalarEquals(element, part));
  }
  if (kind !== partKind) return false;
  if (kind === "scalar") return scalarEquals(container, part);
  if (kind === "array") {
    const elements = arrayElements(container) ?? [];
    return every(arrayElements(part) ?? [], (wanted) =>
      some(elements, (element) => jsonContains(element, wanted, false)),
    );
  }
  const members = objectMembers(container) ?? {};
  const wanted = objectMembers(part) ?? {};
  return every(Object.keys(wanted), (key) => {
    const member = members[key];
    return member !== undefined && jsonContains(member, wanted[key] ?? "", false);
  });
}

type Kind = "object" | "array" | "scalar";

function kindOf(source: string): Kind {
  return source.startsWith("{") ? "object" : source.startsWith("[") ? "array" : "scalar";
}

function scalarEquals(a: string, b: string): boolean | undefined {
  if (kindOf(a) !== "scalar" || kindOf(b) !== "scalar") return false;
  if (a === b) return true;
  if (a.startsWith('"') || b.startsWith('"')) {
    return a.startsWith('"') && b.startsWith('"') && unquote(a) === unquote(b);
  }
  if (WORDS.has(a) || WORDS.has(b)) return false;
  const [left, right] = [parseDecimal(a), parseDecimal(b)];
  return left === undefined || right === undefined ? undefined : compareDecimals(left, right) === 0;
}

const WORDS = new Set(["true", "false", "null"]);

type Answer = boolean | undefined;

function every<T>(items: readonly T[], test: (item: T, at: number) => Answer): Answer {
  let all: Answer = true;
  for (const [at, item] of items.entries()) {
    const answer = test(item, at);
    if (answer === false) return false;
    if (answer === undefined) all = undefined;
  }
  return all;
}

function some<T>(items: readonly T[], test: (item: T) => Answer): Answer {
  let any: Answer = false;
  for (const item of items) {
    const answer = test(item);
    if (answer === true) return true;
    if (answer === undefined) any = undefined;
  }
  return any;
}
