import type { Meter } from "./meter.ts";

/** A parsed pattern of SQL's LIKE: `%` is any text, `_` is one character, `\` makes the next character literal. */
export interface Pattern {
  /** What stands between the `%`s. Empty where the pattern begins or ends with one. */
  readonly segments: readonly Segment[];
}

interface Segment {
  /** UTF-16 units; `ANY_ONE` for a `_`. */
  readonly units: readonly number[];
  /** Characters, which are one or two units each. */
  readonly characters: number;
  /** All of it, if it has no `_`. */
  readonly text: string | undefined;
  /** Of a long text: where to go on at each unit that does not fit (Knuth, Morris and Pratt). */
  readonly fallback: readonly number[] | undefined;
}

const ANY_ONE = -1;

/** V8 finds a text up to this length at about one step for each unit searched, whatever the text is. */
const SHORT = 16;

/** Undefined when the pattern ends in a lone `\`, which Postgres refuses only when it gets there. */
export function parsePattern(pattern: string): Pattern | undefined {
  const segments: Segment[] = [];
  let units: number[] = [];
  let characters = 0;
  let escaped = false;
  const close = () => {
    segments.push(segmentOf(units, characters));
    units = [];
    characters = 0;
  };
  for (const character of pattern) {
    if (!escaped && character === "\\") {
      escaped = true;
      continue;
    }
    if (!escaped && character === "%") {
      // Several in a row are one.
      if (units.length > 0 || segments.length === 0) close();
      continue;
    }
    characters += 1;
    if (!escaped && character === "_") units.push(ANY_ONE);
    else for (let at = 0; at < character.length; at += 1) units.push(character.charCodeAt(at));
    escaped = false;
  }
  if (escaped) return undefined;
  close();
  return { segments };
}

function segmentOf(units: readonly number[], characters: number): Segment {
  const isText = !units.includes(ANY_ONE);
  const text = isText ? units.map((unit) => String.fromCharCode(unit)).join("") : undefined;
  return {
    units,
    characters,
    text,
    fallback: isText && units.length > SHORT ? fallbackOf(units) : undefined,
  };
}

function fallbackOf(units: readonly number[]): readonly number[] {
  const fallback = [0];
  for (let at = 1, matched = 0; at < units.length; at += 1) {
    while (matched > 0 && units[at] !== units[matched]) matched = fallback[matched - 1] ?? 0;
    if (units[at] === units[matched]) matched += 1;
    fallback.push(matched);
  }
  return fallback;
}

/** Whether the value matches. Undefined when telling would cost more steps than the meter has left. */
export function like(value: string, { segments }: Pattern, meter: Meter): boolean | undefined {
  const [head, ...others] = segments;
  const tail = others.pop();
  if (head === undefined) return value === "";
  if (!meter.spend(head.units.length + (tail?.units.length ?? 0))) return undefined;
  let at = matchAt(head, value, 0);
  if (tail === undefined) return at === value.length;
  const end = back(value, tail.characters);
  if (at < 0 || end < at || matchAt(tail, value, end) !== value.length) return false;
  for (const segment of others) {
    const found = find(segment, value, at, end, meter);
    if (found === undefined) return undefined;
    if (found < 0) return false;
    at = found;
  }
  return true;
}

/** Where the segment ends if it stands here; -1 when it does not. */
function matchAt({ units }: Segment, value: string, from: number): number {
  let at = from;
  for (const unit of units) {
    if (at >= value.length) return -1;
    if (unit === ANY_ONE) at += isPair(value, at) ? 2 : 1;
    else if (unit === value.charCodeAt(at)) at += 1;
    else return -1;
  }
  return at;
}

/** Where the last so many characters begin; -1 when there are fewer. */
function back(value: string, characters: number): number {
  let at = value.length;
  for (let left = characters; left > 0; left -= 1) at -= at > 1 && isPair(value, at - 2) ? 2 : 1;
  return Math.max(-1, at);
}

/** Where the first such segment between `from` and `to` ends; -1 when there is none, undefined when it costs too much. */
function find(segment: Segment, value: string, from: number, to: number, meter: Meter): number | undefined {
  if (segment.fallback !== undefined) return findLong(segment, segment.fallback, value, from, to, meter);
  if (segment.text === undefined) return findMasked(segment, value, from, to, meter);
  const at = value.indexOf(segment.text, from);
  const isHere = at >= 0 && at + segment.text.length <= to;
  meter.spend((at < 0 ? value.length : at + segment.text.length) - from);
  return meter.isOver ? undefined : isHere ? at + segment.text.length : -1;
}

/** Takes at most two steps for each unit. */
function findLong(
  { units }: Segment,
  fallback: readonly number[],
  value: string,
  from: number,
  to: number,
  meter: Meter,
): number | undefined {
  if (!meter.spend(2 * (to - from))) return undefined;
  for (let at = from, matched = 0; at < to; at += 1) {
    const unit = value.charCodeAt(at);
    while (matched > 0 && unit !== units[matched]) matched = fallback[matched - 1] ?? 0;
    if (unit === units[matched]) matched += 1;
    if (matched === units.length) return at + 1;
  }
  return -1;
}

/** A segment with `_` has no shortcut: each start is tried, and each unit compared is a step. */
function findMasked(
  segment: Segment,
  value: string,
  from: number,
  to: number,
  meter: Meter,
): number | undefined {
  const { units } = segment;
  for (let start = from; start + segment.characters <= to; start += 1) {
    // A match cannot begin inside a character.
    if (start > 0 && isPair(value, start - 1)) continue;
    let at = start;
    let count = 0;
    while (count < units.length && at < to) {
      const unit = units[count];
      if (unit === ANY_ONE) at += isPair(value, at) ? 2 : 1;
      else if (unit === value.charCodeAt(at)) at += 1;
      else break;
      count += 1;
    }
    if (!meter.spend(count + 2)) return undefined;
    if (count === units.length && at <= to) return at;
  }
  return -1;
}

function isPair(value: string, at: number): boolean {
  const high = value.charCodeAt(at);
  if ((high & 0xfc00) !== 0xd800) return false;
  return (value.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
}

/** The case of ASCII letters is the same in every locale that the schema lets pass (`plainCollation`). */
export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 127) return false;
  return true;
}
