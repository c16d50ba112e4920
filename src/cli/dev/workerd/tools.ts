import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CommandError } from "../../command/command-error.ts";
import { INSTALL_WRANGLER } from "../../command/wrangler-version.ts";

/** What bundles a Worker and runs it here. They are wrangler's own, so a folder needs wrangler and nothing else. */
export interface DevTools {
  readonly miniflare: typeof import("miniflare");
  readonly esbuild: typeof import("esbuild");
}

/** The major version of miniflare whose options `workerd.ts` writes. */
const MINIFLARE = 5;

/**
 * Loads the tools that a folder's wrangler brings along.
 *
 * @throws CommandError when wrangler is not installed there, or is too old or too new
 */
export async function loadTools(folder: string): Promise<DevTools> {
  const here = createRequire(join(folder, "package.json"));
  let wrangler: NodeJS.Require;
  try {
    wrangler = createRequire(here.resolve("wrangler/package.json"));
  } catch (error) {
    throw new CommandError(
      "tidemark dev runs the gateway with wrangler, which is not installed here",
      INSTALL_WRANGLER,
      {
        exitCode: 2,
        cause: error,
      },
    );
  }
  const { version } = wrangler("miniflare/package.json") as { readonly version: string };
  if (Number.parseInt(version, 10) !== MINIFLARE) {
    const { version: installed } = wrangler("./package.json") as { readonly version: string };
    throw new CommandError(
      `tidemark dev does not work with wrangler ${installed} (miniflare ${version})`,
      INSTALL_WRANGLER,
      {
        exitCode: 2,
      },
    );
  }
  const load = async (name: string) => {
    const module = await import(pathToFileURL(wrangler.resolve(name)).href);
    // A CommonJS module, whose exports Node does not always see.
    return "default" in module && typeof module.default === "object"
      ? { ...module.default, ...module }
      : module;
  };
  return { miniflare: await load("miniflare"), esbuild: await load("esbuild") };
}
