import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DEMO_CAPTURE_SQL } from "./capture.ts";

const MAKERS = [
  "blog.ts",
  "contents.ts",
  "database.ts",
  "lite-app.ts",
  "readers.ts",
  "samples.ts",
  "seed.ts",
  "small-cluster.ts",
  "supabase.ts",
];

/** A hash of everything that makes the database. After a change of schema, rows or PGlite, an old database does not fit. */
export function sourcesHash(): string {
  const hash = createHash("sha256");
  for (const name of readdirSync(import.meta.dirname).sort()) {
    if (name.endsWith(".sql") || MAKERS.includes(name))
      hash.update(readFileSync(join(import.meta.dirname, name)));
  }
  hash.update(DEMO_CAPTURE_SQL);
  hash.update(readFileSync(packageFile("@supabase/lite")));
  hash.update(readFileSync(packageFile("vega-datasets")));
  return hash.digest("hex").slice(0, 16);
}

function packageFile(name: string): string {
  return fileURLToPath(new URL(`../node_modules/${name}/package.json`, import.meta.url));
}
