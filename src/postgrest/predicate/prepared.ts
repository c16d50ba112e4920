import { parseArrayLiteral } from "../row/array-literal.ts";
import { type JsonNode, parseJson } from "../row/json-tree.ts";
import { rulesOf, type Value } from "../row/values.ts";
import { isAscii, type Pattern, parsePattern } from "./like.ts";
import type { Meter } from "./meter.ts";

/** About how much memory all that is kept here may take; beyond it everything is read again when it is asked for. */
export const MAX_PREPARED_BYTES = 4_000_000;

/** Literals up to this length are read as quickly as they are looked up. */
const SHORT = 40;

/** What a look-up takes, and a reading beside its characters. */
const STEPS_PER_LOOK = 10;
const STEPS_PER_READING = 40;

const BYTES_PER_READING = 200;

interface LiteralReader<T> {
  readonly read: (literal: string) => T | undefined;
  readonly stepsPerCharacter: number;
  /** About how much memory what is read takes, for each character that it is read from. */
  readonly bytesPerCharacter: number;
}

/** What literals mean, read once for all rows; null for what is not understood. */
class Prepared<T> {
  static readonly #all: Prepared<unknown>[] = [];
  static bytes = 0;
  readonly #reader: LiteralReader<T>;
  readonly #known = new Map<string, T | null>();

  constructor(reader: LiteralReader<T>) {
    this.#reader = reader;
    Prepared.#all.push(this as Prepared<unknown>);
  }

  /** Undefined when all steps are spent. The one who reads is not charged alone: others will not have to. */
  get(literal: string, meter: Meter): T | null | undefined {
    const known = this.#known.get(literal);
    if (known !== undefined) return meter.spend(STEPS_PER_LOOK) ? known : undefined;
    const { read, stepsPerCharacter, bytesPerCharacter } = this.#reader;
    if (!meter.share(STEPS_PER_READING + stepsPerCharacter * literal.length)) return undefined;
    const value = read(literal) ?? null;
    const bytes = BYTES_PER_READING + bytesPerCharacter * literal.length;
    if (Prepared.bytes + bytes > MAX_PREPARED_BYTES) {
      for (const each of Prepared.#all) each.#known.clear();
      Prepared.bytes = 0;
    }
    if (bytes > MAX_PREPARED_BYTES) return value;
    Prepared.bytes += bytes;
    this.#known.set(literal, value);
    return value;
  }
}

/** About how much memory all that is kept takes, in bytes. */
export function preparedBytes(): number {
  return Prepared.bytes;
}

const patterns = new Prepared({ read: parsePattern, stepsPerCharacter: 20, bytesPerCharacter: 40 });

/** For `ilike`; only of ASCII letters it is known which is which in lower case. */
const lowerPatterns = new Prepared({
  read: (literal) => (isAscii(literal) ? parsePattern(literal.toLowerCase()) : undefined),
  stepsPerCharacter: 20,
  bytesPerCharacter: 40,
});

const jsons = new Prepared({ read: readJson, stepsPerCharacter: 10, bytesPerCharacter: 60 });

function readJson(literal: string): JsonNode | undefined {
  try {
    JSON.parse(literal);
  } catch {
    return undefined;
  }
  return parseJson(literal);
}

const arrays = new Prepared({ read: parseArrayLiteral, stepsPerCharacter: 20, bytesPerCharacter: 40 });

/** The values of `in`, as `footprintOf` stores them: a JSON array. */
const lists = new Prepared({
  read: (literal) => JSON.parse(literal) as readonly string[],
  stepsPerCharacter: 4,
  bytesPerCharacter: 20,
});

/** Values of a type, as their keys; null for NULL. */
export interface KeyList {
  readonly keys: readonly (string | null)[];
  readonly set: ReadonlySet<string | null>;
  /** One of them has no key: it may equal anything. */
  readonly isPartial: boolean;
}

/** Reads what a literal of some type means. */
class TypedLiterals {
  readonly value: Prepared<Value>;
  readonly list: Prepared<KeyList>;
  readonly array: Prepared<KeyList>;

  constructor(type: string) {
    const read = (literal: string) => rulesOf(type)?.literal(literal);
    this.value = new Prepared({ read, stepsPerCharacter: 4, bytesPerCharacter: 4 });
    const costs = { stepsPerCharacter: 40, bytesPerCharacter: 80 };
    this.list = new Prepared({ read: (literal) => keyList(JSON.parse(literal) as string[], type), ...costs });
    this.array = new Prepared({
      read: (literal) => {
        const elements = parseArrayLiteral(literal);
        return elements && keyList(elements, type);
      },
      ...costs,
    });
  }
}

function keyList(elements: readonly (string | null)[], type: string): KeyList {
  const rules = rulesOf(type);
  let isPartial = false;
  const keys = elements.map((element) => {
    const value = element === null ? undefined : rules?.literal(element);
    const key = value === undefined ? undefined : rules?.key(value);
    if (key === undefined && element !== null) isPartial = true;
    return key ?? null;
  });
  return { keys, set: new Set(keys), isPartial };
}

/** As many as types that are known. */
const typed = new Map<string, TypedLiterals>();

function literalsOf(type: string): TypedLiterals {
  let literals = typed.get(type);
  if (literals === undefined) {
    literals = new TypedLiterals(type);
    typed.set(type, literals);
  }
  return literals;
}

/** Null when it ends in a lone backslash, or (in lower case) is not all ASCII; undefined when all steps are spent. */
export function patternOf(literal: string, isLower: boolean, meter: Meter): Pattern | null | undefined {
  return (isLower ? lowerPatterns : patterns).get(literal, meter);
}

/** Undefined for what is no JSON or is nested too deeply, or when all steps are spent. */
export function jsonOf(literal: string, meter: Meter): JsonNode | undefined {
  return jsons.get(literal, meter) ?? undefined;
}

/** Undefined for what is not understood, or when all steps are spent. */
export function elementsOf(literal: string, meter: Meter): readonly (string | null)[] | undefined {
  return arrays.get(literal, meter) ?? undefined;
}

/** Undefined when all steps are spent. */
export function listOf(literal: string, meter: Meter): readonly string[] | undefined {
  return lists.get(literal, meter) ?? undefined;
}

/** Undefined for what is not understood, or when all steps are spent. */
export function scalarOf(type: string, literal: string, meter: Meter): Value | undefined {
  if (literal.length > SHORT) return literalsOf(type).value.get(literal, meter) ?? undefined;
  return meter.spend(STEPS_PER_READING) ? rulesOf(type)?.literal(literal) : undefined;
}

/** The values of an `in` list; undefined when all steps are spent. */
export function listKeysOf(type: string, literal: string, meter: Meter): KeyList | undefined {
  return literalsOf(type).list.get(literal, meter) ?? undefined;
}

/** The elements of an array literal; undefined for what is not understood, or when all steps are spent. */
export function arrayKeysOf(type: string, literal: string, meter: Meter): KeyList | undefined {
  return literalsOf(type).array.get(literal, meter) ?? undefined;
}
