import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sourcesHash } from "./sources.ts";

const FOLDER = fileURLToPath(new URL("../node_modules/.cache/tidemark-demo", import.meta.url));

/** Of other sources, such as another branch's. */
const KEPT_MS = 24 * 3_600_000;

/**
 * The freshly made database as a tar archive, kept for the next new one. PGlite takes over four seconds for initdb, seeding
 * and what the API needs, but under one to load this, and each test file boots its own database. `undefined`: there is none.
 */
export function readSnapshot(): Blob | undefined {
  try {
    return new Blob([readFileSync(snapshotFile())]);
  } catch {
    return undefined;
  }
}

/** Best effort: without it, the next boot is only slower. */
export async function writeSnapshot(snapshot: Blob): Promise<void> {
  try {
    mkdirSync(FOLDER, { recursive: true });
    const unfinished = join(FOLDER, `${process.pid}.tmp`);
    writeFileSync(unfinished, new Uint8Array(await snapshot.arrayBuffer()));
    for (const name of readdirSync(FOLDER)) {
      const path = join(FOLDER, name);
      if (Date.now() - statSync(path).mtimeMs > KEPT_MS) rmSync(path, { force: true });
    }
    renameSync(unfinished, snapshotFile()); // in one step, because several processes may boot at once
  } catch {}
}

function snapshotFile(): string {
  return join(FOLDER, `${sourcesHash()}.tar`);
}
