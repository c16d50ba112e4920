import type { ReaderClaims } from "../claims/claims.ts";
import type { Reads } from "../schema/schema.ts";
import type { PartialCondition } from "../shape/conditions.ts";
import { claimFunctions } from "./claim-readers.ts";
import { helperLookups } from "./helper-lookups.ts";
import type { PolicyLookup } from "./lookup.ts";
import { columnsOf, isConstantCondition, isPartial, resolved } from "./policy-condition.ts";
import { type ParsedRls, parsePolicy } from "./rls.ts";

type Readings = WeakMap<Reads, ParsedRls | "unknown">;

/** Read once for all readers: what they ask of claims stays open until it is known who reads. */
const readings: { readonly anonymous: Readings; readonly claims: Readings } = {
  anonymous: new WeakMap(),
  claims: new WeakMap(),
};

/** What all of a relation's policies ask of one reader. */
export type ResolvedRls = ParsedRls<PartialCondition>;

const known = new WeakMap<object, WeakMap<ParsedRls, ResolvedRls>>();

/** Stands for all readers whose claims are not known. */
const ANYBODY: object = {};

/**
 * All policies of a relation together. Undefined when one of them is not understood, or the relation is a view.
 *
 * @param reader undefined: the caller's claims are not known
 */
export function rlsOf(
  relation: string,
  reads: Reads | undefined,
  reader: ReaderClaims | undefined,
): ResolvedRls | undefined {
  if (reads?.policies === undefined) return undefined;
  const all = reader === undefined ? readings.anonymous : readings.claims;
  let reading = all.get(reads);
  if (reading === undefined) {
    reading = together(relation, reads, reader !== undefined);
    all.set(reads, reading);
  }
  return reading === "unknown" ? undefined : forReader(reading, reader);
}

function together(relation: string, reads: Reads, withClaims: boolean): ParsedRls | "unknown" {
  const { policies = [], claims, helpers } = reads;
  const table = relation.slice(relation.indexOf(".") + 1);
  const functions = withClaims ? claimFunctions(claims) : undefined;
  const each = policies.flatMap(({ using, permissive, bindsReader = false }) => {
    const policy = parsePolicy(using, table, functions);
    return policy ? [{ ...policy, permissive, bindsReader }] : [];
  });
  if (each.length < policies.length) return "unknown";
  // A restrictive policy may be for other roles, so what it forbids does not count.
  const permitting = each.filter(({ permissive }) => permissive);
  const permitted = permitting.map(({ asked }) => asked);
  const granted = permitting.flatMap(({ asked, bindsReader }) => (bindsReader ? [asked] : []));
  const texts = policies.map(({ using }) => using);
  return {
    asked: { kind: "or", negated: false, conditions: permitted },
    grants: { kind: "or", negated: false, conditions: granted },
    lookups: each.flatMap(({ lookups }) => lookups),
    called: functions && helpers && helperLookups(texts, helpers, functions),
    conditions: each.flatMap(({ conditions }) => conditions),
    names: new Set(each.flatMap(({ names }) => [...names])),
  };
}

function forReader(reading: ParsedRls, reader: ReaderClaims | undefined): ResolvedRls {
  let ofReader = known.get(reader ?? ANYBODY);
  if (ofReader === undefined) {
    ofReader = new WeakMap();
    known.set(reader ?? ANYBODY, ofReader);
  }
  let rls = ofReader.get(reading);
  if (rls === undefined) {
    rls = resolvedRls(reading, reader);
    ofReader.set(reading, rls);
  }
  return rls;
}

function resolvedRls(
  { lookups, called, conditions, names, asked, grants }: ParsedRls,
  reader: ReaderClaims | undefined,
): ResolvedRls {
  const each = conditions.map((condition) => ({ condition, known: resolved(condition, reader) }));
  // Nothing tells whether a condition that is not understood treats two rows alike, so each column in it counts.
  const doubtful = each.filter(({ known }) => isPartial(known));
  return {
    asked: resolved(asked, reader),
    ...(grants && { grants: resolved(grants, reader) }),
    lookups: lookups.map((lookup) => resolvedLookup(lookup, reader)),
    called: called?.map((lookup) => resolvedLookup(lookup, reader)),
    conditions: each.flatMap(({ known }) => (isPartial(known) || isConstantCondition(known) ? [] : [known])),
    names: new Set([...names, ...doubtful.flatMap(({ condition }) => columnsOf(condition))]),
  };
}

function resolvedLookup(
  lookup: PolicyLookup,
  reader: ReaderClaims | undefined,
): PolicyLookup<PartialCondition> {
  const where = lookup.where.map((condition) => resolved(condition, reader));
  return { ...lookup, where, isExact: lookup.isExact && !where.some(isPartial) };
}
