import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

/** A text in a source file, which must occur exactly once, and its replacement. */
export interface Edit {
  /** Path from the root of the repository. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const ROOT = new URL("../../", import.meta.url).href;
const CLOCK = `${ROOT}src/runtime/clock.ts`;
/** Modules of the platform, replaced by the model's. */
const MODELLED = new Map([
  [CLOCK, new URL("./clock.ts", import.meta.url).href],
  ["cloudflare:workers", new URL("./cloudflare-workers.ts", import.meta.url).href],
]);

const editsOf = new Map<string, readonly Edit[]>();

registerHooks({
  resolve(specifier, context, next) {
    const modelled = MODELLED.get(specifier);
    if (modelled) return { url: modelled, shortCircuit: true };
    const resolved = next(specifier, context);
    const variant = context.parentURL && new URL(context.parentURL).searchParams.get("variant");
    if (!variant || !specifier.startsWith(".")) return resolved;
    return { ...resolved, url: MODELLED.get(resolved.url) ?? `${resolved.url}?variant=${variant}` };
  },
  load(url, context, next) {
    const { href, searchParams } = new URL(url);
    const edits = editsOf.get(searchParams.get("variant") ?? "") ?? [];
    const file = href.slice(ROOT.length).split("?")[0];
    const own = href.startsWith(ROOT) ? edits.filter((edit) => edit.file === file) : [];
    if (own.length === 0) return next(url, context);
    let source = readFileSync(fileURLToPath(ROOT + file), "utf8");
    for (const { from, to } of own) {
      if (source.split(from).length !== 2) throw new Error(`not found once in ${file}: ${from}`);
      source = source.replace(from, () => to);
    }
    return { format: "module-typescript", source, shortCircuit: true };
  },
});

/** Loads modules of a variant of the sources, with a separate copy of everything they import. */
export async function loadVariant(
  name: string,
  edits: readonly Edit[],
  files: readonly string[],
): Promise<readonly unknown[]> {
  for (const { file } of edits) readFileSync(fileURLToPath(ROOT + file));
  editsOf.set(name, edits);
  return Promise.all(files.map((file) => import(`${ROOT}${file}?variant=${encodeURIComponent(name)}`)));
}
