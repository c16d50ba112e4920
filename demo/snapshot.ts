import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sourcesHash } from "./sources.ts";

const FOLDER = fileURLToPath(new URL("../node_modules/.cache/tidemark-demo", import.meta.url));

/**
 * The freshly made database as a tar archive, kept for the next new one: initdb and seeding take PGlite over two
 * seconds, loading this under one, and each test file boots a database of its own.
 */
export function readSnapshot(): Blob | undefined {
  try {
    return new Blob([readFileSync(snapshotFile())]);
  } catch {
    return undefined;
  }
}

/** Best effort: without it the next boot is slow, no more. */
export async function writeSnapshot(snapshot: Blob): Promise<void> {
  try {
    mkdirSync(FOLDER, { recursive: true });
    const unfinished = join(FOLDER, `${process.pid}.tmp`);
    writeFileSync(unfinished, new Uint8Array(await snapshot.arrayBuffer()));
    for (const name of readdirSync(FOLDER))
      if (name.endsWith(".tar")) rmSync(join(FOLDER, name), { force: true });
    renameSync(unfinished, snapshotFile()); // in one step, as several processes may boot at once
  } catch {}
}

function snapshotFile(): string {
  return join(FOLDER, `${sourcesHash()}.tar`);
}
