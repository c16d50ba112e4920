import type { BuildOptions } from "esbuild";
import type { DevTools } from "./tools.ts";

/**
 * How a Worker and everything that it imports become one module. It carries no source map: workerd does not read one, and it
 * was three quarters of what Miniflare copies, 4 kB further each time, whenever it starts workerd. See `BundleSources`.
 */
export const WORKER_BUNDLE = {
  bundle: true,
  write: false,
  format: "esm",
  target: "es2024",
  conditions: ["workerd", "worker"],
  external: ["cloudflare:*", "node:*"],
  logLevel: "silent", // the error that it throws says the same
} as const satisfies BuildOptions;

/** Bundles the Worker of this path. @throws esbuild's BuildFailure */
export async function bundleWorker({ esbuild }: Pick<DevTools, "esbuild">, path: string): Promise<string> {
  const { outputFiles } = await esbuild.build({ ...WORKER_BUNDLE, entryPoints: [path] });
  return outputFiles[0]?.text ?? "";
}
