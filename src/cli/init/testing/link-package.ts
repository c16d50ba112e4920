import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = new URL("../../../../", import.meta.url).pathname;

/** Puts this repository's sources into a folder as the package `tidemark`, and wrangler beside it. */
export function linkPackage(folder: string): void {
  const modules = join(folder, "node_modules");
  const exports = { "./gateway": "./src/gateway/gateway.ts", "./config": "./src/gateway/config/config.ts" };
  mkdirSync(join(modules, "tidemark"), { recursive: true });
  writeFileSync(
    join(modules, "tidemark/package.json"),
    JSON.stringify({ name: "tidemark", type: "module", exports }),
  );
  symlinkSync(join(ROOT, "src"), join(modules, "tidemark/src"));
  symlinkSync(join(ROOT, "node_modules/wrangler"), join(modules, "wrangler"));
}
