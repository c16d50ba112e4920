import type { Query } from "../../query/query.ts";
import type { Read } from "../../query/read.ts";
import type { Schema } from "../../schema/schema.ts";
import { compileCallClaims } from "../call/compile-call.ts";
import { compileClaims } from "../compile.ts";
import type { Declared } from "../footprint.ts";
import type { ClaimNeeds, DeclaredClaims } from "./claim-closure.ts";

/**
 * Which claims of a reader's token an answer may depend on (S4, S7): those that policies, views and functions read, on the way
 * through everything that the query's footprint names. Two readers of one role who have the same values of these get the
 * same answer.
 *
 * @param query `read.search`, parsed
 * @param schema as the role that reads sees it
 * @param declaredClaims what functions that cannot be looked into read, by name without arguments, as the owner says
 */
export function claimNeeds(
  read: Read,
  query: Query,
  declared: Declared,
  schema: Schema,
  declaredClaims: DeclaredClaims,
): ClaimNeeds {
  if (read.call !== undefined)
    return compileCallClaims(read, read.call, query, declared, schema, declaredClaims);
  return compileClaims(read, query, declared, schema, declaredClaims);
}
