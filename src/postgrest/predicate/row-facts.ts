import type { Row } from "../row/change.ts";
import { unquote } from "../row/json-source.ts";
import { type JsonNode, parseJson } from "../row/json-tree.ts";
import { rulesOf, type Value } from "../row/values.ts";
import type { Meter } from "./meter.ts";
import { TextFacts } from "./text-facts.ts";

/** What reading a value costs: steps for each character. */
const STEPS_PER_CHARACTER = { text: 1, json: 6, value: 2, array: 6, look: 1 };

/** What reading a value costs, beside its characters. */
const STEPS_PER_READING = 20;

/** Up to this length, comparing texts is as quick as remembering the result. */
const SHORT = 64;

/** The keys of an array's elements: equal keys for equal values. Null for NULL. */
export interface ArrayFacts {
  readonly keys: readonly (string | null)[];
  readonly set: ReadonlySet<string | null>;
  /** It has more than one dimension. */
  readonly isNested: boolean;
}

/** What a column holds in one row image, read when it is first asked for. In the fields, null means: read, not known. */
export class ColumnFacts {
  /** JSON text. */
  readonly source: string;
  readonly #meter: Meter;
  readonly #values = new Map<string, Value | null>();
  readonly #arrays = new Map<string, ArrayFacts | null>();
  #json: JsonNode | null | undefined;
  #text: TextFacts | null | undefined;
  #other: string | undefined;
  #isEqual = false;
  #holdsNull: boolean | undefined;
  #holdsZero: boolean | undefined;

  constructor(source: string, meter: Meter) {
    this.source = source;
    this.#meter = meter;
  }

  get isNull(): boolean {
    return this.source === "null";
  }

  /** The text that a JSON string means. This and what follows is undefined when it is not known or the steps are spent. */
  get text(): TextFacts | undefined {
    if (this.#text === undefined) {
      const isText = this.source.startsWith('"') && this.#affords(STEPS_PER_CHARACTER.text);
      this.#text = isText ? new TextFacts(unquote(this.source), this.#meter) : null;
    }
    return this.#text ?? undefined;
  }

  get json(): JsonNode | undefined {
    if (this.#json === undefined) {
      this.#json = (this.#affords(STEPS_PER_CHARACTER.json) ? parseJson(this.source) : null) ?? null;
    }
    return this.#json ?? undefined;
  }

  /** The value as the rules of a type read it. */
  value(type: string): Value | undefined {
    let value = this.#values.get(type);
    if (value === undefined) {
      const isAffordable = this.#affords(STEPS_PER_CHARACTER.value);
      value = (isAffordable ? rulesOf(type)?.image(this.source) : null) ?? null;
      this.#values.set(type, value);
    }
    return value ?? undefined;
  }

  /** Equal for equal values only. */
  key(type: string): string | undefined {
    const value = this.value(type);
    return value === undefined ? undefined : rulesOf(type)?.key(value);
  }

  /** @param type of the elements */
  array(type: string): ArrayFacts | undefined {
    let facts = this.#arrays.get(type);
    if (facts === undefined) {
      facts = (this.#affords(STEPS_PER_CHARACTER.array) ? arrayFacts(this.source, type) : null) ?? null;
      this.#arrays.set(type, facts);
    }
    return facts ?? undefined;
  }

  /** Whether the JSON text is the same as another image's. */
  equals(other: string): boolean {
    if (this.source.length !== other.length) return false;
    if (other.length <= SHORT) return this.source === other;
    if (this.#other !== other) {
      // Out of steps it says no, but then the verdict does not count.
      this.#isEqual = this.#affords(STEPS_PER_CHARACTER.look) && this.source === other;
      this.#other = other;
    }
    return this.#isEqual;
  }

  /** Whether it may be a null, or an array that holds one. */
  get mayHoldNull(): boolean {
    if (this.isNull) return true;
    if (!this.source.startsWith("[")) return false;
    this.#holdsNull ??= !this.#affords(STEPS_PER_CHARACTER.look) || this.source.includes("null");
    return this.#holdsNull;
  }

  /** Whether it may be a zero, or an array that holds one. */
  get mayHoldZero(): boolean {
    this.#holdsZero ??= !this.#affords(STEPS_PER_CHARACTER.value) || ZERO.test(this.source);
    return this.#holdsZero;
  }

  #affords(stepsPerCharacter: number): boolean {
    return this.#meter.share(STEPS_PER_READING + stepsPerCharacter * this.source.length);
  }
}

const ZERO = /(^|[^\d.])-?0([^\d.]|$)/;

function arrayFacts(source: string, type: string): ArrayFacts | undefined {
  const rules = rulesOf(type);
  const node = parseJson(source);
  if (rules === undefined || node?.kind !== "array") return undefined;
  const keys: (string | null)[] = [];
  // A stack instead of recursion, in order.
  const open: JsonNode[] = [...node.elements].reverse();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.kind === "array") {
      for (let at = next.elements.length - 1; at >= 0; at -= 1) open.push(next.elements[at] as JsonNode);
      continue;
    }
    if (next.kind === "object") return undefined;
    const value = next.source === "null" ? undefined : rules.image(next.source);
    const key = value === undefined ? undefined : rules.key(value);
    if (key === undefined && next.source !== "null") return undefined;
    keys.push(key ?? null);
  }
  return { keys, set: new Set(keys), isNested: node.elements.some(({ kind }) => kind === "array") };
}

/** A row image, and what has been read of its columns. */
export class RowFacts {
  readonly row: Row;
  readonly #meter: Meter;
  readonly #columns = new Map<string, ColumnFacts>();

  constructor(row: Row, meter: Meter) {
    this.row = row;
    this.#meter = meter;
  }

  /** Undefined when the image lacks the column. */
  column(name: string): ColumnFacts | undefined {
    let facts = this.#columns.get(name);
    if (facts === undefined) {
      const source = this.row[name];
      if (source === undefined) return undefined;
      facts = new ColumnFacts(source, this.#meter);
      this.#columns.set(name, facts);
    }
    return facts;
  }
}
