import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly files: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
}

export const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;

const run = promisify(execFile);

/** Runs npm without the network, and without anybody else's settings of it. */
export function npm(folder: string, ...args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  return run("npm", [...args, "--offline"], { cwd: folder, env: { ...env, NO_COLOR: "1" } });
}

/**
 * Builds and packs the package in another folder, so that `dist/` here stays as it is. Returns the tarball's path.
 *
 * @param folder an empty one
 */
export async function pack(folder: string): Promise<string> {
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  for (const project of ["tsconfig.build.json", "tsconfig.build.node.json"]) {
    await run(process.execPath, [tsc, "-p", join(ROOT, project), "--outDir", join(folder, "dist")]);
  }
  const listed = manifest.files.filter((each) => !each.startsWith("!") && each !== "dist");
  for (const each of [...listed, "package.json", "README.md", "LICENSE"]) {
    mkdirSync(dirname(join(folder, each)), { recursive: true });
    // The pages alone: what npm leaves out has a folder of packages of its own.
    cpSync(join(ROOT, each), join(folder, each), {
      recursive: true,
      filter: (path) => !path.includes("node_modules"),
    });
  }
  await npm(folder, "pack", "--ignore-scripts");
  return join(folder, `${manifest.name}-${manifest.version}.tgz`);
}

/**
 * Installs the tarball with npm itself, as on a machine that has never seen it. Its dependencies are those of this
 * repository, because a machine of CI need not reach the registry.
 */
export async function install(folder: string, tarball: string): Promise<void> {
  const file = join(folder, "package.json");
  const overrides = Object.fromEntries(
    Object.keys(manifest.dependencies).map((name) => [name, `file:${join(ROOT, "node_modules", name)}`]),
  );
  const own = JSON.parse(readFileSync(file, "utf8")) as object;
  writeFileSync(file, JSON.stringify({ ...own, overrides }, null, 2));
  // The scripts of the linked packages are their authors'.
  await npm(folder, "install", "--ignore-scripts", "--no-audit", "--no-fund", tarball);
}
