import type { PathStep } from "../query/query.ts";
import { type JsonNode, JsonScalar } from "../row/json-tree.ts";
import type { Meter } from "./meter.ts";

/**
 * Paths, equality and containment as `jsonb` has them, with exact numbers. The result is undefined, *not known*, for a
 * number that cannot be held exactly, and when a comparison costs more than the meter has left.
 */

/** Visiting a node and finding its counterpart costs about as much as comparing so many characters. */
const STEPS_PER_NODE = 12;

/** `->key` or `->0`; null for SQL's NULL. */
export function stepInto(node: JsonNode, step: PathStep): JsonNode | null {
  if (step.key !== undefined) return (node.kind === "object" && node.members.get(step.key)) || null;
  if (node.kind === "array") return node.elements.at(Number(step.index)) ?? null;
  // jsonb stores a bare scalar as an array of one, which shows here.
  return node.kind === "scalar" && (step.index === "0" || step.index === "-1") ? node : null;
}

/** `->>` of a scalar: a string loses its quotes, and JSON's null becomes SQL's NULL. */
export function textOf(node: JsonScalar): string | null {
  if (node.source === "null") return null;
  return node.isString ? node.text : node.source;
}

export function jsonEquals(a: JsonNode, b: JsonNode, meter: Meter): boolean | undefined {
  if (!meter.spend(STEPS_PER_NODE)) return undefined;
  if (a.kind === "scalar" || b.kind === "scalar") return scalarEquals(a, b, meter);
  if (a.kind === "array") {
    if (b.kind !== "array" || a.elements.length !== b.elements.length) return false;
    const others = b.elements;
    return every(a.elements.entries(), meter, ([at, element]) => equalsOrMissing(element, others[at], meter));
  }
  if (b.kind !== "object" || a.members.size !== b.members.size) return false;
  const others = b.members;
  return every(a.members, meter, ([key, value]) => equalsOrMissing(value, others.get(key), meter));
}

function equalsOrMissing(a: JsonNode, b: JsonNode | undefined, meter: Meter): boolean | undefined {
  return b === undefined ? false : jsonEquals(a, b, meter);
}

/**
 * `container @> part`: objects member by member, arrays if each element occurs anywhere.
 *
 * @param top only there an array also contains a bare scalar
 */
export function jsonContains(
  container: JsonNode,
  part: JsonNode,
  meter: Meter,
  top = true,
): boolean | undefined {
  if (!meter.spend(STEPS_PER_NODE)) return undefined;
  if (container.kind === "array" && part.kind === "scalar" && top) {
    return some(container.elements, meter, (element) => scalarEquals(element, part, meter));
  }
  if (container.kind === "scalar" || part.kind === "scalar") return scalarEquals(container, part, meter);
  if (container.kind === "array") {
    if (part.kind !== "array") return false;
    return every(part.elements, meter, (wanted) =>
      some(container.elements, meter, (element) => jsonContains(element, wanted, meter, false)),
    );
  }
  if (part.kind !== "object") return false;
  return every(part.members, meter, ([key, wanted]) => {
    const member = container.members.get(key);
    return member === undefined ? false : jsonContains(member, wanted, meter, false);
  });
}

function scalarEquals(a: JsonNode, b: JsonNode, meter: Meter): boolean | undefined {
  if (!(a instanceof JsonScalar) || !(b instanceof JsonScalar)) return meter.spend(1) ? false : undefined;
  if (!meter.spend(STEPS_PER_NODE + Math.min(a.source.length, b.source.length))) return undefined;
  if (a.source === b.source) return true;
  if (a.isString || b.isString) return a.isString && b.isString && a.text === b.text;
  if (WORDS.has(a.source) || WORDS.has(b.source)) return false;
  const [left, right] = [a.decimal, b.decimal];
  if (left === undefined || right === undefined) return undefined;
  return left.sign === right.sign && left.point === right.point && left.digits === right.digits;
}

const WORDS = new Set(["true", "false", "null"]);

function every<T>(
  items: Iterable<T>,
  meter: Meter,
  test: (item: T) => boolean | undefined,
): boolean | undefined {
  let all: boolean | undefined = true;
  for (const item of items) {
    const answer = test(item);
    if (meter.isOver) return undefined;
    if (answer === false) return false;
    if (answer === undefined) all = undefined;
  }
  return all;
}

function some<T>(
  items: Iterable<T>,
  meter: Meter,
  test: (item: T) => boolean | undefined,
): boolean | undefined {
  let any: boolean | undefined = false;
  for (const item of items) {
    const answer = test(item);
    if (meter.isOver) return undefined;
    if (answer === true) return true;
    if (answer === undefined) any = undefined;
  }
  return any;
}
