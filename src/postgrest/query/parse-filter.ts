import type { Lexer } from "./lexer.ts";
import { parseField } from "./parse-field.ts";
import { MAX_DEPTH } from "./parse-select.ts";
import type {
  Condition,
  FullTextOperator,
  IsValue,
  Logic,
  QuantifiedOperator,
  SimpleOperator,
  Test,
} from "./query.ts";

// In PostgREST's order: the first that fits wins, so a longer name precedes one that is its beginning.
const FULL_TEXT: readonly FullTextOperator[] = ["fts", "plfts", "phfts", "wfts"];
const SIMPLE: readonly SimpleOperator[] = ["neq", "cs", "cd", "ov", "sl", "sr", "nxr", "nxl", "adj"];
const QUANTIFIED: readonly QuantifiedOperator[] = [
  "eq",
  "gte",
  "gt",
  "lte",
  "lt",
  "like",
  "ilike",
  "match",
  "imatch",
];
const IS_VALUES: readonly IsValue[] = ["null", "not_null", "true", "false", "unknown"];

/** Reads the value of an operator: in a parameter of its own, raw and up to the end; in a logic tree, perhaps quoted. */
type ReadValue = (lexer: Lexer) => string;

/** `not.eq.5`, the value of a filter parameter. */
export function parseParameterTest(lexer: Lexer): { negated: boolean; test: Test } {
  const result = parseTest(lexer, (rest) => rest.until(""));
  lexer.end();
  return result;
}

/** `(a.eq.1,not.or(b.is.null,c.gt.2))`, the value of `and=` or `or=`. */
export function parseLogic(lexer: Lexer, kind: "and" | "or", negated: boolean, depth = 0): Logic {
  if (depth > MAX_DEPTH) lexer.fail("too many levels of logic", "too-deep");
  lexer.blanks();
  lexer.expect("(");
  const conditions: Condition[] = [];
  do {
    lexer.blanks();
    conditions.push(parseCondition(lexer, depth));
    lexer.blanks();
  } while (lexer.take(","));
  // PostgREST ignores what follows the last condition.
  lexer.expect(")");
  lexer.blanks();
  return { kind, negated, conditions };
}

function parseCondition(lexer: Lexer, depth: number): Condition {
  const bare = lexer.peek() !== '"';
  const start = lexer.position;
  const field = parseField(lexer);
  const kind = field.column;
  if (bare && field.path.length === 0) {
    if (lexer.peek() === "(" && (kind === "and" || kind === "or")) {
      return parseLogic(lexer, kind, false, depth + 1);
    }
    const negatedKind = kind === "not" ? negatedLogicKind(lexer) : undefined;
    if (negatedKind !== undefined) {
      lexer.position = start;
      lexer.expect("not.");
      lexer.expect(negatedKind);
      return parseLogic(lexer, negatedKind, true, depth + 1);
    }
  }
  lexer.expect(".");
  return { kind: "filter", field, ...parseTest(lexer, logicValue) };
}

/** Whether `.and(` or `.or(` follows. Nothing else can begin like that, as neither is an operator. */
function negatedLogicKind(lexer: Lexer): "and" | "or" | undefined {
  return lexer.startsWith(".and") ? "and" : lexer.startsWith(".or") ? "or" : undefined;
}

function parseTest(lexer: Lexer, value: ReadValue): { negated: boolean; test: Test } {
  const negated = lexer.take("not.");
  return { negated, test: parseOperator(lexer, value) };
}

function parseOperator(lexer: Lexer, value: ReadValue): Test {
  if (lexer.take("in.")) return { operator: "in", values: parseList(lexer) };
  if (lexer.take("is.")) return { operator: "is", value: parseIs(lexer) };
  if (lexer.take("isdistinct.")) return { operator: "isdistinct", value: value(lexer) };
  const fullText = FULL_TEXT.find((name) => lexer.take(name));
  if (fullText !== undefined) {
    const language = parseLanguage(lexer);
    lexer.expect(".");
    return { operator: fullText, ...(language !== undefined && { language }), value: value(lexer) };
  }
  const simple = SIMPLE.find((name) => lexer.take(name));
  if (simple !== undefined) {
    lexer.expect(".");
    return { operator: simple, value: value(lexer) };
  }
  const operator = QUANTIFIED.find((name) => lexer.take(name));
  if (operator === undefined) lexer.fail("expected not or an operator", "unknown-operator");
  const quantifier = lexer.take("(any)") ? "any" : lexer.take("(all)") ? "all" : undefined;
  if (!lexer.take(".")) lexer.fail("expected not or an operator", "unknown-operator");
  const text = value(lexer);
  const isPattern = operator === "like" || operator === "ilike";
  return { operator, ...(quantifier && { quantifier }), value: isPattern ? text.replaceAll("*", "%") : text };
}

function parseIs(lexer: Lexer): IsValue {
  const word = lexer.until(",) \t");
  // To PostgREST a Kelvin sign is not a k, but to `toLowerCase` it is.
  const value = /^\w+$/.test(word) ? IS_VALUES.find((name) => name === word.toLowerCase()) : undefined;
  return value ?? lexer.fail("expected null, not_null, true, false or unknown");
}

function parseLanguage(lexer: Lexer): string | undefined {
  if (!lexer.take("(")) return undefined;
  const language = lexer.identifier();
  lexer.expect(")");
  return language;
}

function parseList(lexer: Lexer): readonly string[] {
  lexer.blanks();
  lexer.expect("(");
  lexer.blanks();
  const values: string[] = [];
  do values.push(listElement(lexer));
  while (lexer.take(","));
  lexer.expect(")");
  lexer.blanks();
  return values;
}

/** An element counts as quoted only if the quotes enclose all of it. Otherwise they are ordinary characters. */
function listElement(lexer: Lexer): string {
  const start = lexer.position;
  const quoted = lexer.quoted();
  if (quoted !== undefined && (lexer.atEnd || lexer.peek() === "," || lexer.peek() === ")")) return quoted;
  lexer.position = start;
  return lexer.until(",)");
}

function logicValue(lexer: Lexer): string {
  const start = lexer.position;
  const quoted = lexer.quoted();
  if (quoted !== undefined && (lexer.atEnd || lexer.peek() === "," || lexer.peek() === ")")) return quoted;
  lexer.position = start;
  if (lexer.take("{")) {
    lexer.until("{}");
    if (lexer.take("}")) return lexer.text.slice(start, lexer.position);
    lexer.position = start;
  }
  return lexer.until(",)");
}
