import type { ReaderClaims } from "../claims/claims.ts";
import { mayFail } from "../query/may-fail.ts";
import type { Query } from "../query/query.ts";
import type { Read } from "../query/read.ts";
import type { Schema } from "../schema/schema.ts";
import { ConditionCompiler, oneUnknown, sizeOf } from "../shape/conditions.ts";
import type { Part, Shape } from "../shape/shape.ts";
import { compileCall } from "./call/compile-call.ts";
import { type Compiled, compileShape, relationsOf } from "./compile.ts";
import { declaredClosure } from "./declared.ts";
import type { Declared, Footprint, FootprintBypass, FootprintResult } from "./footprint.ts";

/**
 * What a read depends on, or why it must not be cached.
 *
 * With a schema that describes the relation, this is what Postgres itself says. Without one it is what the configuration
 * declares, and a filter rules rows out only where a literal and a JSON value compare alike in every type.
 *
 * @param query `read.search`, parsed
 * @param declared what the owner's configuration says
 * @param reader who reads with a token, of whom `claimNeeds` names what matters: policies are taken as they are for these claims
 */
export function footprintOf(
  read: Read,
  query: Query,
  declared: Declared,
  schema?: Schema,
  reader?: ReaderClaims,
): FootprintResult {
  if (read.call !== undefined) {
    // Only Postgres can tell that a function does nothing but read.
    if (schema === undefined) return { bypass: "function-unknown" };
    return finished(compileCall(read, read.call, query, declared, schema, reader));
  }
  if (schema?.has(`${read.schema}.${read.relation}`))
    return finished(compileShape(read, query, declared, schema, reader));
  const closure = declaredClosure(read.schema, read.relation, query.root, declared);
  if (closure === undefined) return { bypass: "unknown-embed" };
  const compiler = new ConditionCompiler();
  const parts = [...closure].map((relation) => declaredPart(relation, read, query, compiler));
  return { footprint: finish({ parts, caveats: [], literals: compiler.literals }) };
}

/** Only the root's filter can narrow it: an embed's may concern another relation of the same name. */
function declaredPart(relation: string, read: Read, query: Query, compiler: ConditionCompiler): Part {
  const isRoot = relation === `${read.schema}.${read.relation}`;
  const embeds = query.root.select.flatMap((item) => (item.kind === "embed" ? [item] : []));
  // With embeds the relation may occur in them again, unfiltered.
  if (!isRoot || embeds.length > 0 || mayFail(query.root.where)) return { relations: [relation], where: [] };
  const where = compiler.compileAll(query.root.where, undefined, new Set());
  return { relations: [relation], where };
}

function finished(compiled: Compiled | FootprintBypass): FootprintResult {
  return typeof compiled === "string" ? { bypass: compiled } : { footprint: finish(compiled) };
}

function finish(compiled: Compiled): Footprint {
  const relations = relationsOf(compiled.parts);
  const { caveats } = compiled;
  const { parts, literals } = bounded(compiled, relations);
  const shape: Shape = { parts };
  return { relations, caveats, shape: JSON.stringify(shape), literals };
}

/** With more parts than this, any change of any relation that the query reads counts. */
const MAX_PARTS = 64;

/** In all parts together: an embed repeats the conditions of its parent. Beyond it, conditions are unknown. */
const MAX_CONDITIONS = 1_000;

function bounded(
  { parts, literals }: Pick<Compiled, "parts" | "literals">,
  relations: readonly string[],
): Pick<Compiled, "parts" | "literals"> {
  if (parts.length > MAX_PARTS) {
    return { parts: relations.map((relation) => ({ relations: [relation], where: [] })), literals: [] };
  }
  let left = MAX_CONDITIONS;
  const within = parts.map((part) => {
    const where = part.where.map((condition) => {
      left -= sizeOf(condition);
      return left < 0 ? ({ kind: "unknown" } as const) : condition;
    });
    return { ...part, where: oneUnknown(where) };
  });
  return { parts: within, literals };
}

/** The same footprint without detail, which takes little memory: any change of any of its relations counts. */
export function coarse({ relations, caveats }: Footprint): Footprint {
  const shape: Shape = { parts: [{ relations, where: [] }] };
  return { relations, caveats, shape: JSON.stringify(shape), literals: [] };
}
