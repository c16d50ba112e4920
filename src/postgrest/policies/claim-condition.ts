import type { ClaimExpression } from "../claims/expression.ts";
import { type ClaimFunctions, claimExpression } from "./claim-sql.ts";
import { columnName } from "./column-name.ts";
import type { ClaimCondition, ClaimTest } from "./policy-condition.ts";
import { arrayElements, isKeyword, isSymbol, type SqlNode } from "./sql-tokens.ts";

/** How the expressions of claims in a policy are understood. */
export interface ClaimGrammar {
  readonly functions: ClaimFunctions;
  /** Before the columns that they are compared with. Undefined: these stand alone. */
  readonly alias: string | undefined;
}

/**
 * A condition on the reader's claims, alone or compared with a column. Undefined when it is not one, or not understood.
 *
 * @param isPositive whether the policy asks for it: it stands under an even number of `NOT`
 */
export function claimCondition(
  items: readonly SqlNode[],
  grammar: ClaimGrammar,
  isPositive: boolean,
): ClaimCondition | undefined {
  const condition = comparison(items, grammar) ?? membership(items, grammar) ?? question(items, grammar);
  return condition && { ...condition, isPositive };
}

type Bare = Omit<ClaimCondition, "isPositive">;

/** `a = b`, `a <> b`, `a IS DISTINCT FROM b`, in either order. */
function comparison(items: readonly SqlNode[], grammar: ClaimGrammar): Bare | undefined {
  const at = items.findIndex((item) => isSymbol(item, "=") || isSymbol(item, "<>"));
  if (at > 0) {
    const test = isSymbol(items[at], "=") ? "equal" : "unequal";
    return compared(items.slice(0, at), items.slice(at + 1), grammar, test, false);
  }
  const is = items.findIndex((item) => isKeyword(item, "IS"));
  if (is <= 0) return undefined;
  const negated = isKeyword(items[is + 1], "NOT");
  const [distinct, from, ...right] = items.slice(negated ? is + 2 : is + 1);
  if (!isKeyword(distinct, "DISTINCT") || !isKeyword(from, "FROM")) return undefined;
  return compared(items.slice(0, is), right, grammar, "distinct", negated);
}

function compared(
  left: readonly SqlNode[],
  right: readonly SqlNode[],
  { functions, alias }: ClaimGrammar,
  test: ClaimTest,
  negated: boolean,
): Bare | undefined {
  const [first, second] = [claimExpression(left, functions), claimExpression(right, functions)];
  if (first && second) {
    if (first.readers + second.readers === 0) return undefined;
    return { kind: "claim", negated, test, claim: first.expression, others: [second.expression] };
  }
  const found = first ?? second;
  const column = columnName(first ? right : left, alias);
  if (!found?.readers || column === undefined) return undefined;
  return { kind: "claim", negated, test, claim: found.expression, column };
}

/** `claim = ANY (column)`, `claim = ANY (ARRAY['a', 'b'])`, `column = ANY (ARRAY[claim])`, `column IN (SELECT claim)` */
function membership(items: readonly SqlNode[], { functions, alias }: ClaimGrammar): Bare | undefined {
  const at = items.findIndex((item) => isSymbol(item, "=") || isKeyword(item, "IN"));
  const isIn = isKeyword(items[at], "IN");
  const [any, group, ...others] = items.slice(isIn ? at : at + 1);
  if (at <= 0 || group?.kind !== "group" || others.length > 0) return undefined;
  if (!isIn && !isKeyword(any, "ANY")) return undefined;
  const left = items.slice(0, at);
  const claim = claimExpression(left, functions);
  const list = isIn ? [group.items] : arrayElements(group.items);
  if (list === undefined) {
    const array = columnName(group.items, alias);
    if (!claim?.readers || array === undefined) return undefined;
    return { kind: "claim", negated: false, test: "member", claim: claim.expression, column: array };
  }
  const found = list.map((each) => claimExpression(each, functions));
  const known = found.filter((each) => each !== undefined);
  const [only, ...further] = known;
  if (only === undefined || known.length < list.length) return undefined;
  const readers = known.reduce((sum, each) => sum + each.readers, claim?.readers ?? 0);
  if (readers === 0) return undefined;
  const expressions = known.map(({ expression }) => expression);
  if (claim)
    return { kind: "claim", negated: false, test: "equal", claim: claim.expression, others: expressions };
  const column = columnName(left, alias);
  if (column === undefined || further.length > 0) return undefined;
  return { kind: "claim", negated: false, test: "equal", claim: only.expression, column };
}

/** `claim`, `claim IS NOT NULL`, `claim IS FALSE` */
function question(items: readonly SqlNode[], { functions }: ClaimGrammar): Bare | undefined {
  const is = items.findIndex((item) => isKeyword(item, "IS"));
  const asked = is < 0 ? items : items.slice(0, is);
  const found = claimExpression(asked, functions);
  if (!found?.readers) return undefined;
  const claim = found.expression;
  if (is < 0) return { kind: "claim", negated: false, test: "equal", claim, others: [TRUE] };
  const negated = isKeyword(items[is + 1], "NOT");
  const [what, ...others] = items.slice(negated ? is + 2 : is + 1);
  if (others.length > 0 || what?.kind !== "keyword") return undefined;
  const value = { NULL: NULL, TRUE, FALSE }[what.text];
  return value && { kind: "claim", negated: !negated, test: "distinct", claim, others: [value] };
}

const TRUE: ClaimExpression = { kind: "constant", value: "true", type: "boolean" };
const FALSE: ClaimExpression = { kind: "constant", value: "false", type: "boolean" };
const NULL: ClaimExpression = { kind: "constant", value: null, type: "text" };
