import { parseArrayLiteral } from "../row/array-literal.ts";
import { type JsonNode, parseJson } from "../row/json-tree.ts";
import { rulesOf, type Value } from "../row/values.ts";
import { isAscii, type Pattern, parsePattern } from "./like.ts";
import type { Meter } from "./meter.ts";

/** How much memory, in bytes, all that is kept here may take. When it is full, everything is forgotten. */
export const MAX_PREPARED_BYTES = 4_000_000;

/** Up to this length, reading a literal is as quick as looking it up. */
const SHORT = 40;

/** What a look-up costs, and reading a literal, beside its characters. */
const STEPS_PER_LOOK = 10;
const STEPS_PER_READING = 40;

const BYTES_PER_READING = 200;

interface LiteralReader<T> {
  readonly read: (literal: string) => T | undefined;
  readonly stepsPerCharacter: number;
  /** About how much memory the result takes for each character of the literal. */
  readonly bytesPerCharacter: number;
}

/** The meaning of literals, read once for all rows. Null stands for one that is not understood. */
class Prepared<T> {
  static readonly #all: Prepared<unknown>[] = [];
  static bytes = 0;
  readonly #reader: LiteralReader<T>;
  readonly #known = new Map<string, T | null>();

  constructor(reader: LiteralReader<T>) {
    this.#reader = reader;
    Prepared.#all.push(this as Prepared<unknown>);
  }

  /** Undefined when all steps are spent. Reading is not charged to this verdict, as later ones profit too. */
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

/** About how many bytes of memory all that is kept takes. */
export function preparedBytes(): number {
  return Prepared.bytes;
}

const patterns = new Prepared({ read: parsePattern, stepsPerCharacter: 20, bytesPerCharacter: 40 });

/** For `ilike`. Only for ASCII letters is it known what their lower case is. */
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

/** The values of `in`, which `footprintOf` stores as a JSON array. */
const lists = new Prepared({
  read: (literal) => JSON.parse(literal) as readonly string[],
  stepsPerCharacter: 4,
  bytesPerCharacter: 20,
});

/** The keys of values of a type; null for NULL. */
export interface KeyList {
  readonly keys: readonly (string | null)[];
  readonly set: ReadonlySet<string | null>;
  /** One of the values has no key, so it may equal anything. */
  readonly isPartial: boolean;
}

/** Reads literals of one type. */
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

/** One for each known type. */
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

/** Undefined when it is not JSON, is nested too deeply, or all steps are spent. */
export function jsonOf(literal: string, meter: Meter): JsonNode | undefined {
  return jsons.get(literal, meter) ?? undefined;
}

/** Undefined when it is not understood, or all steps are spent. */
export function elementsOf(literal: string, meter: Meter): readonly (string | null)[] | undefined {
  return arrays.get(literal, meter) ?? undefined;
}

/** Undefined when all steps are spent. */
export function listOf(literal: string, meter: Meter): readonly string[] | undefined {
  return lists.get(literal, meter) ?? undefined;
}

/** Undefined when it is not understood, or all steps are spent. */
export function scalarOf(type: string, literal: string, meter: Meter): Value | undefined {
  if (literal.length > SHORT) return literalsOf(type).value.get(literal, meter) ?? undefined;
  return meter.spend(STEPS_PER_READING) ? rulesOf(type)?.literal(literal) : undefined;
}

/** The values of an `in` list. Undefined when all steps are spent. */
export function listKeysOf(type: string, literal: string, meter: Meter): KeyList | undefined {
  return literalsOf(type).list.get(literal, meter) ?? undefined;
}

/** The elements of an array literal. Undefined when it is not understood, or all steps are spent. */
export function arrayKeysOf(type: string, literal: string, meter: Meter): KeyList | undefined {
  return literalsOf(type).array.get(literal, meter) ?? undefined;
}
