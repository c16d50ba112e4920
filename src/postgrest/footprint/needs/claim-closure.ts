import { isVolatile, reducedPaths, withoutIndexes } from "../../claims/claim-paths.ts";
import type { ClaimPath } from "../../claims/claims.ts";
import { claimsOf } from "../../policies/claim-readers.ts";
import type { Caveat, ClaimSource, Reads } from "../../schema/schema.ts";
import type { FootprintBypass } from "../footprint.ts";
import { headerIn, isSuspected } from "../request-reads.ts";

/** Which of a reader's claims an answer may depend on. */
export type ClaimNeeds =
  /** These, and nothing else that is said of the reader but the role. Sorted; none is inside another. */
  | { readonly kind: "known"; readonly paths: readonly ClaimPath[] }
  /** It is not understood what it reads of the reader, or it is another thing in each token. `because` is for people. */
  | { readonly kind: "unknown"; readonly because: string }
  | { readonly kind: "bypass"; readonly reason: FootprintBypass };

/** What the owner declares that functions which cannot be looked into read: `public.is_admin` → paths of claims. */
export type DeclaredClaims = ReadonlyMap<string, readonly ClaimPath[]>;

/** Everything that an answer reads, for whom it may be: collected while its footprint is made, so that nothing is missing. */
export class ClaimClosure {
  readonly #reads = new Map<Reads, string>();
  readonly #caveats = new Map<string, { readonly relation: string; readonly caveat: Caveat }>();
  #undescribed: string | undefined;

  /** Notes what policies, a view or a function over a relation's rows read. */
  read(relation: string, reads: Reads): void {
    this.#reads.set(reads, relation);
    for (const caveat of reads.caveats) this.caveat(relation, caveat);
  }

  /** Notes what is not understood of a read. Unlike a footprint's, it counts whatever `dependsOn` says. */
  caveat(relation: string, caveat: Caveat): void {
    this.#caveats.set(`${relation} ${caveat.kind} ${caveat.culprit}`, { relation, caveat });
  }

  /** Notes a relation of which the database has told nothing. */
  undescribed(relation: string): void {
    this.#undescribed ??= relation;
  }

  needs(declared: DeclaredClaims, keyedHeaders: ReadonlySet<string>): ClaimNeeds {
    if (this.#undescribed !== undefined)
      return unknown(`the database does not describe ${this.#undescribed}`);
    const paths: ClaimPath[] = [];
    for (const [reads, relation] of this.#reads) {
      if (reads.request.some((what) => !isSuspected(what) && !isKeyed(what, keyedHeaders)))
        return { kind: "bypass", reason: "reads-request" };
      const suspects = reads.request.filter(isSuspected);
      for (const found of [
        ...suspects.map((what) => opaqueClaims(relation, what, declared)),
        ...reads.claims.map(sourceClaims),
      ]) {
        if ("kind" in found) return found;
        paths.push(...found);
      }
    }
    for (const { relation, caveat } of this.#caveats.values()) {
      const found = caveatClaims(relation, caveat, declared);
      if ("kind" in found) return found;
      paths.push(...found);
    }
    return { kind: "known", paths: reducedPaths(paths) };
  }
}

type Found = readonly ClaimPath[] | Exclude<ClaimNeeds, { readonly kind: "known" }>;

function unknown(because: string): { readonly kind: "unknown"; readonly because: string } {
  return { kind: "unknown", because };
}

function isKeyed(what: string, keyedHeaders: ReadonlySet<string>): boolean {
  const header = headerIn(what);
  return header !== undefined && keyedHeaders.has(header);
}

function sourceClaims(source: ClaimSource): Found {
  const paths = claimsOf(source);
  if (paths === undefined)
    return unknown(`${source.culprit} reads the token's claims in a way that is not understood`);
  return usable(paths, source.culprit);
}

function usable(paths: readonly ClaimPath[], culprit: string): Found {
  const volatile = paths.find(isVolatile);
  if (volatile === undefined) return paths;
  const [claim = "all of the token's claims"] = volatile;
  return unknown(`${culprit} reads ${claim}, which each token has otherwise`);
}

/** Of a function by its signature, `public.is_admin(uuid)`, or a type. */
function opaqueClaims(relation: string, what: string, declared: DeclaredClaims): Found {
  const paths = declared.get(what.replace(/\(.*$/s, ""));
  if (paths !== undefined) return usable(paths.map(withoutIndexes), what);
  return unknown(`reading ${relation} uses ${what}, which may read any claim`);
}

function caveatClaims(relation: string, { kind, culprit }: Caveat, declared: DeclaredClaims): Found {
  if (kind === "clock") return [];
  if (kind === "unknown-reads") return opaqueClaims(relation, culprit, declared);
  // Names that are looked up in catalogs, and where rows lie, are the same for everybody.
  if (/^(the type .*|a system column|current_schema)$/s.test(culprit)) return [];
  if (/^(the setting |pg_catalog\.|information_schema\.)/.test(culprit))
    return { kind: "bypass", reason: "reads-request" };
  return unknown(`reading ${relation} uses ${culprit}, which is not understood`);
}
