import type { BuildResult } from "esbuild";

/** What a gateway's module exports besides its Worker, for the bindings that it has in every case. */
const NEEDED = ["Keeper", "Origin"] as const;

/** What a bundle exports. */
function exportsOf({ metafile }: Pick<BuildResult, "metafile">): ReadonlySet<string> {
  return new Set(Object.values(metafile?.outputs ?? {}).flatMap(({ exports }) => exports));
}

export function isMirrorExported(result: Pick<BuildResult, "metafile">): boolean {
  return exportsOf(result).has("Mirror");
}

/**
 * What stops a module from being a gateway, in a line. Undefined: nothing that its exports tell.
 *
 * @param entry the module, as messages name it
 */
export function notAGateway(result: Pick<BuildResult, "metafile">, entry: string): string | undefined {
  const there = exportsOf(result);
  const missing = NEEDED.filter((name) => !there.has(name));
  if (missing.length === 0) return undefined;
  return `${entry} does not export ${missing.join(" and ")}`;
}

export const EXPORTS_HINT =
  "A gateway's module exports createGateway(config)'s worker by default, and its Keeper and Origin: docs/deploying.md";
