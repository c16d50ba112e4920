import type { ResolvedConfig } from "../../gateway/config/config.ts";
import { suggestion } from "../../gateway/config/suggestion.ts";
import { isSuspected } from "../../postgrest/footprint/request-reads.ts";
import { claimsOf } from "../../postgrest/policies/claim-readers.ts";
import type { Reads } from "../../postgrest/schema/schema.ts";
import { type Check, warning } from "../check/check.ts";

/** What reading the configured tables uses, by name without arguments. */
interface Used {
  /** Those that cannot be looked into: an entry of `audiences.claims` speaks for them. */
  readonly opaque: ReadonlySet<string>;
  readonly understood: ReadonlySet<string>;
}

/** Of each entry of `audiences.claims` that says nothing: why. */
export function checkClaims(
  { audiences }: Pick<ResolvedConfig, "audiences">,
  reads: readonly Reads[],
): readonly Check[] {
  const { opaque, understood } = usedBy(reads);
  return [...audiences.claims.keys()].flatMap((name) => {
    if (opaque.has(name)) return [];
    if (understood.has(name)) {
      const message = `audiences.claims names ${name}, which is looked into anyway: the entry says nothing`;
      return [warning("audience", message, "Leave it out")];
    }
    const similar = suggestion(name, [...opaque]) ?? suggestion(name, [...understood]);
    const message = `audiences.claims names ${name}, which is no function that reading the configured tables uses: the entry says nothing`;
    const fix =
      similar === undefined
        ? "Check its schema and its name, which goes without arguments, or leave it out"
        : `Did you mean ${similar}?`;
    return [warning("audience", message, fix)];
  });
}

function usedBy(reads: readonly Reads[]): Used {
  const sources = reads.flatMap(({ claims }) => claims);
  const caveats = reads.flatMap((each) => each.caveats).filter(({ kind }) => kind === "unknown-reads");
  const opaque = [
    ...sources.filter((source) => claimsOf(source) === undefined).map(({ culprit }) => culprit),
    ...reads.flatMap(({ request }) => request).filter(isSuspected),
    ...caveats.map(({ culprit }) => culprit),
  ];
  const understood = [
    ...sources.flatMap(({ culprit, functions }) => [culprit, ...functions.keys()]),
    ...reads.flatMap(({ helpers = [] }) => helpers).map(({ name }) => name),
  ];
  return { opaque: functionNames(opaque), understood: functionNames(understood) };
}

/** Without arguments; policies and types have blanks in what they are called, and are none. */
function functionNames(culprits: readonly string[]): ReadonlySet<string> {
  return new Set(
    culprits.map((culprit) => culprit.replace(/\(.*$/s, "")).filter((name) => !name.includes(" ")),
  );
}
