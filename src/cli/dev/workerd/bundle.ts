import type { BuildOptions } from "esbuild";
import type { DevTools } from "./tools.ts";

/** How a Worker and everything that it imports become one module. */
export const WORKER_BUNDLE = {
  bundle: true,
  write: false,
  format: "esm",
  target: "es2024",
  conditions: ["workerd", "worker"],
  external: ["cloudflare:*", "node:*"],
  sourcemap: "inline",
  logLevel: "silent", // the error that it throws says the same
} as const satisfies BuildOptions;

/** Bundles the Worker of this path. @throws esbuild's BuildFailure */
export async function bundleWorker({ esbuild }: Pick<DevTools, "esbuild">, path: string): Promise<string> {
  const { outputFiles } = await esbuild.build({ ...WORKER_BUNDLE, entryPoints: [path] });
  return outputFiles[0]?.text ?? "";
}
