import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** What a Worker ships of the library, bundled and minified, by what it imports. */
export const BUNDLES = {
  /** The core in memory, which is compared with the peers. */
  core: 'export { createCache, key } from "./src/cache/core.ts";',
  /** The same with Workers KV as its second tier. */
  "core and KV": 'export { createCache, key, kvTier } from "./src/cache/core.ts";',
  full: 'export { createCache, key } from "./src/cache/tidemark.ts";',
} as const;

export function bundle(name: keyof typeof BUNDLES): Promise<Uint8Array> {
  return minified(BUNDLES[name]);
}

/** The same of the peers, each with its cache and its store in memory: gzipped bytes. */
export async function peerSizes(): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (const [name, code] of Object.entries(PEERS)) sizes.set(name, gzipped(await minified(code)));
  return sizes;
}

export function gzipped(text: Uint8Array): number {
  return gzipSync(text, { level: 9 }).byteLength;
}

const PEERS: Readonly<Record<string, string>> = {
  bentocache: `export { BentoCache, bentostore } from "bentocache"; export { memoryDriver } from "bentocache/drivers/memory";`,
  "@epic-web/cachified": `export { cachified } from "@epic-web/cachified";`,
  ocache: `export { createMemoryStorage, defineCachedFunction } from "ocache";`,
  cacheable: `export { Cacheable } from "cacheable";`,
  "@unkey/cache": `export { createCache, Namespace } from "@unkey/cache"; export { MemoryStore } from "@unkey/cache/stores";`,
  "async-cache-dedupe": `export { createCache } from "async-cache-dedupe";`,
};

async function minified(contents: string): Promise<Uint8Array> {
  const result = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL("../../..", import.meta.url)), loader: "ts" },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2024",
    platform: "node",
    conditions: ["workerd", "worker"],
    mainFields: ["module", "main"],
    write: false,
    logLevel: "error",
  });
  return result.outputFiles[0]?.contents ?? new Uint8Array();
}
