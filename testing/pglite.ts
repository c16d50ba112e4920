import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PGlite, type PGliteOptions } from "@electric-sql/pglite";
import { makeSmall } from "../demo/small-cluster.ts";

const MODULES = join(import.meta.dirname, "../node_modules");
const SMALL_CLUSTER = join(import.meta.dirname, "../demo/small-cluster.ts");

/**
 * An empty PostgreSQL in this process. `initdb` takes four times as long as loading what it has made, so that is kept for all
 * test files, under the installed version and what makes it.
 */
export async function openPglite(options: Pick<PGliteOptions, "extensions"> = {}): Promise<PGlite> {
  empty ??= readEmpty();
  return PGlite.create({ ...options, loadDataDir: await empty });
}

let empty: Promise<Blob> | undefined;

async function readEmpty(): Promise<Blob> {
  const installed = await readFile(join(MODULES, "@electric-sql/pglite/package.json"), "utf8");
  const { version } = JSON.parse(installed) as { readonly version: string };
  const file = join(MODULES, ".cache/tidemark-pglite", `${version}-${await makersHash()}.tar`);
  const kept = await readFile(file).catch(() => null);
  if (kept !== null) return new Blob([kept]);
  const made = await makeEmpty();
  const draft = `${file}.${process.pid}`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(draft, made);
  // In one step, because several processes may do this at once.
  await rename(draft, file);
  return new Blob([made]);
}

/** Of another branch's makers, it may be another one. */
async function makersHash(): Promise<string> {
  const hash = createHash("sha256");
  for (const file of [import.meta.filename, SMALL_CLUSTER]) hash.update(await readFile(file));
  return hash.digest("hex").slice(0, 8);
}

async function makeEmpty(): Promise<Uint8Array<ArrayBuffer>> {
  await using database = await PGlite.create();
  await makeSmall((statement) => database.exec(statement), ["template0"]);
  // The files are a running server's: what came after the last checkpoint would be recovered by each that loads them.
  await database.exec("checkpoint");
  return new Uint8Array(await (await database.dumpDataDir("none")).arrayBuffer());
}
