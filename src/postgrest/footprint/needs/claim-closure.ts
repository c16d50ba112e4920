import { isVolatile, reducedPaths, withoutIndexes } from "../../claims/claim-paths.ts";
import { type ClaimPath, MAX_CLAIM_DEPTH } from "../../claims/claims.ts";
import { claimsOf } from "../../policies/claim-readers.ts";
import type { Caveat, ClaimSource, Reads } from "../../schema/schema.ts";
import type { FootprintBypass } from "../footprint.ts";
import { isSuspected, unkeyed } from "../request-reads.ts";
import { beyondPermissive } from "./granted.ts";

/** Which of a reader's claims an answer may depend on. */
export type ClaimNeeds =
  /**
   * These, and nothing else that is said of the reader but the role. `paths`: sorted, none is inside another. `relations`: those
   * of the read's footprint, whoever reads.
   */
  | { readonly kind: "known"; readonly paths: readonly ClaimPath[]; readonly relations: readonly string[] }
  /**
   * It is not understood what it reads of the reader, or it is another thing in each token. `because` is for people. `opaque`: the
   * function, by its name, for which the owner could speak; null: there is none.
   */
  | { readonly kind: "unknown"; readonly because: string; readonly opaque: string | null }
  | { readonly kind: "bypass"; readonly reason: FootprintBypass };

/** What the owner declares that functions which cannot be looked into read: `public.is_admin` → paths of claims. */
export type DeclaredClaims = ReadonlyMap<string, readonly ClaimPath[]>;

/** Everything that an answer reads, for whom it may be: collected while its footprint is made, so that nothing is missing. */
export class ClaimClosure {
  readonly #reads = new Map<Reads, { readonly relation: string; readonly isGranted: boolean }>();
  readonly #caveats = new Map<string, { readonly relation: string; readonly caveat: Caveat }>();
  #undescribed: string | undefined;

  /**
   * Notes what policies, a view or a function over a relation's rows read.
   *
   * @param isGranted whatever the permissive policies read, it decides nothing here
   */
  read(relation: string, reads: Reads, isGranted: boolean): void {
    const known = this.#reads.get(reads);
    this.#reads.set(reads, { relation, isGranted: isGranted && known?.isGranted !== false });
  }

  /** Notes what a query asks for that is not understood. Unlike a footprint's, it counts whatever `dependsOn` says. */
  caveat(relation: string, caveat: Caveat): void {
    this.#caveats.set(`${relation} ${caveat.kind} ${caveat.culprit}`, { relation, caveat });
  }

  /** Notes a relation of which the database has told nothing. */
  undescribed(relation: string): void {
    this.#undescribed ??= relation;
  }

  /** @param relations all that was read */
  needs(
    relations: readonly string[],
    declared: DeclaredClaims,
    keyedHeaders: ReadonlySet<string> = new Set(),
  ): ClaimNeeds {
    if (this.#undescribed !== undefined)
      return unknown(`the database does not describe ${this.#undescribed}`);
    const paths: ClaimPath[] = [];
    for (const found of this.#found(declared, keyedHeaders)) {
      if ("kind" in found) return found;
      paths.push(...found);
    }
    return { kind: "known", paths: reducedPaths(paths), relations };
  }

  *#found(declared: DeclaredClaims, keyedHeaders: ReadonlySet<string>): Iterable<Found> {
    for (const [reads, { relation, isGranted }] of this.#reads) {
      const isBeyond = unkeyed(reads.request, true, keyedHeaders).length > 0;
      if (isBeyond || reads.caveats.some(isOfSession)) yield { kind: "bypass", reason: "reads-request" };
      for (const what of reads.request.filter(isSuspected)) yield opaqueClaims(relation, what, declared);
      const sources = isGranted ? beyondPermissive(reads) : reads.claims;
      for (const source of sources) yield sourceClaims(source, declared);
      // What its text says it runs is no proof of what it reads: names in it may mean something else.
      for (const { kind, culprit } of reads.caveats)
        if (kind === "unknown-reads") yield opaqueClaims(relation, culprit, declared);
    }
    for (const { relation, caveat } of this.#caveats.values()) yield caveatClaims(relation, caveat, declared);
  }
}

type Found = readonly ClaimPath[] | Exclude<ClaimNeeds, { readonly kind: "known" }>;

function unknown(because: string, culprit = ""): Extract<ClaimNeeds, { readonly kind: "unknown" }> {
  // Policies, views and types have blanks in what they are called.
  return { kind: "unknown", because, opaque: /^[^ (]+\(/.test(culprit) ? nameOf(culprit) : null };
}

/** A setting of somebody's own may have been set for the reader; a catalog may show the session. */
function isOfSession({ kind, culprit }: Caveat): boolean {
  return kind === "unwatchable" && /^(the setting |(pg_catalog|information_schema)\.[^(]*$)/.test(culprit);
}

function sourceClaims(source: ClaimSource, declared: DeclaredClaims): Found {
  const { culprit } = source;
  const paths = claimsOf(source);
  if (paths !== undefined) return usable(paths, culprit);
  const said = declared.get(nameOf(culprit));
  if (said !== undefined) return usable(said.map(withoutIndexes), culprit);
  return unknown(`${culprit} reads the token's claims in a way that is not understood`, culprit);
}

function usable(paths: readonly ClaimPath[], culprit: string): Found {
  if (paths.some(({ length }) => length > MAX_CLAIM_DEPTH))
    return unknown(`${culprit} reads a claim too deep in the token`);
  const volatile = paths.find(isVolatile);
  if (volatile === undefined) return paths;
  const [claim = "all of the token's claims"] = volatile;
  return unknown(`${culprit} reads ${claim}, which each token has otherwise`);
}

/** Of a function by its signature, `public.is_admin(uuid)`, or a type. */
function opaqueClaims(relation: string, what: string, declared: DeclaredClaims): Found {
  const said = declared.get(nameOf(what));
  if (said !== undefined) return usable(said.map(withoutIndexes), what);
  return unknown(`reading ${relation} uses ${what}, which may read any claim`, what);
}

/** `public.is_admin` of `public.is_admin(uuid)` */
export function nameOf(signature: string): string {
  return signature.replace(/\(.*$/s, "");
}

function caveatClaims(relation: string, { kind, culprit }: Caveat, declared: DeclaredClaims): Found {
  if (kind === "unknown-reads") return opaqueClaims(relation, culprit, declared);
  // Names that are looked up in catalogs are the same for everybody.
  if (kind === "clock" || culprit.startsWith("the type ")) return [];
  return unknown(`reading ${relation} uses ${culprit}, which is not understood`);
}
