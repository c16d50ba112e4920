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

/** Sets of edits, by the numbers that stand in the addresses of modules. The first one is the sources as they are. */
const editsOf: (readonly Edit[])[] = [[]];
const numbers = new Map([[JSON.stringify([]), 0]]);

/** Who imports each file, in the sources as they are. */
const importers = new Map<string, Set<string>>();
/** What each edit of a file changes: the file, and whatever imports it, directly or not. */
const changedBy = new Map<string, ReadonlySet<string>>();

registerHooks({
  resolve(specifier, context, next) {
    const modelled = MODELLED.get(specifier);
    if (modelled) return { url: modelled, shortCircuit: true };
    const resolved = next(specifier, context);
    const edits = context.parentURL && new URL(context.parentURL).searchParams.get("edits");
    if (!edits || !specifier.startsWith(".")) return resolved;
    const url = MODELLED.get(resolved.url);
    if (url) return { ...resolved, url };
    const file = fileOf(resolved.url);
    noteImport(file, fileOf(context.parentURL as string), edits === "0");
    return { ...resolved, url: addressOf(file, editsOf[Number(edits)] as readonly Edit[]) };
  },
  load(url, context, next) {
    const number = Number(new URL(url).searchParams.get("edits"));
    const own = (editsOf[number] as readonly Edit[]).filter(({ file }) => file === fileOf(url));
    if (own.length === 0) return next(url, context);
    return { format: "module-typescript", source: edited(fileOf(url), own), shortCircuit: true };
  },
});

/**
 * Loads modules of a variant of the sources. Each variant has a copy of what its edits change, and shares all else with the
 * others: what is compiled and warm for one of them is so for all.
 *
 * @throws Error if an edit does not match the sources
 */
export async function loadVariant(
  edits: readonly Edit[],
  files: readonly string[],
): Promise<readonly unknown[]> {
  for (const { file } of edits) readFileSync(fileURLToPath(ROOT + file));
  // This tells who imports whom.
  const sources = await Promise.all(files.map((file) => import(addressOf(file, []))));
  return edits.length === 0 ? sources : Promise.all(files.map((file) => import(addressOf(file, edits))));
}

function fileOf(url: string): string {
  return url.slice(ROOT.length).split("?")[0] as string;
}

/** The file with those edits that change it or something that it imports. */
function addressOf(file: string, edits: readonly Edit[]): string {
  const own = edits.filter((edit) => changed(edit.file).has(file));
  const text = JSON.stringify(own);
  const number = numbers.get(text) ?? editsOf.push(own) - 1;
  numbers.set(text, number);
  return `${ROOT}${file}?edits=${number}`;
}

function changed(file: string): ReadonlySet<string> {
  const known = changedBy.get(file);
  if (known) return known;
  const found = new Set([file]);
  for (const each of found) for (const importer of importers.get(each) ?? []) found.add(importer);
  changedBy.set(file, found);
  return found;
}

function noteImport(file: string, importer: string, isIntact: boolean): void {
  const all = importers.get(file) ?? new Set();
  if (!isIntact && !all.has(importer)) throw new Error(`an edit makes ${importer} import ${file}`);
  importers.set(file, all.add(importer));
}

function edited(file: string, edits: readonly Edit[]): string {
  let source = readFileSync(fileURLToPath(ROOT + file), "utf8");
  for (const { from, to } of edits) {
    if (source.split(from).length !== 2) throw new Error(`not found once in ${file}: ${from}`);
    source = source.replace(from, () => to);
  }
  return source;
}
