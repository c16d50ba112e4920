// What `npx prisma generate` does, without the `prisma` package: its command first downloads an engine that generating
// does not use, from a host that CI does not reach, and weighs 230 MB.

import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { compileFunction } from "node:vm";
import type * as Generator from "@prisma/client-generator-ts";

const require = createRequire(import.meta.url);

/** The schemas of this repository. Each says in its `generator` block where its client goes; Git ignores that folder. */
const SCHEMAS: readonly string[] = [
  join(import.meta.dirname, "schema.prisma"),
  join(import.meta.dirname, "pg/schema.prisma"),
  join(import.meta.dirname, "../../../examples/prisma/prisma/schema.prisma"),
];

/** Writes the clients of this repository that are not there yet. */
export async function generateClients(): Promise<void> {
  await Promise.all(SCHEMAS.map(generateClient));
}

/** Unless the client that is there is of the same schema and version. */
async function generateClient(schemaPath: string): Promise<void> {
  const schema = await readFile(schemaPath, "utf8");
  const output = join(dirname(schemaPath), /^\s*output\s*=\s*"(.+)"/m.exec(schema)?.[1] ?? "");
  const { version } = require("@prisma/client/package.json") as { version: string };
  const of = `${version}\n${schema}`;
  const isThere = async () => (await readFile(join(output, ".of"), "utf8").catch(() => undefined)) === of;
  if (await isThere()) return;

  const home = await mkdtemp(join(tmpdir(), "tidemark-prisma-"));
  try {
    const compiler = /compilerBuild\s*=\s*"small"/.test(schema) ? "small" : "fast";
    const provider = /provider\s*=\s*"postgresql"/.test(schema) ? "postgresql" : "sqlite";
    await unpackCompiler(home, `query_compiler_${compiler}_bg.${provider}`);
    const draft = `${output}.${process.pid}`;
    const draftSchema = join(home, "schema.prisma");
    await writeFile(draftSchema, schema.replace(/^(\s*output\s*=\s*)".+"/m, `$1${JSON.stringify(draft)}`));
    await run(draftSchema, await generatorAt(home));
    await writeFile(join(draft, ".of"), of);
    // Renamed into place, because tests and a build may do this at once.
    await rm(output, { recursive: true, force: true });
    await rename(draft, output).catch(async (error) => {
      await rm(draft, { recursive: true, force: true });
      if (!(await isThere())) throw error;
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function run(schemaPath: string, generator: Generator.PrismaClientTsGenerator): Promise<void> {
  // Its ESM build imports files that are not in the package.
  const { getGenerators, loadSchemaContext } =
    require("@prisma/internals") as typeof import("@prisma/internals");
  const schemaContext = await loadSchemaContext({
    schemaPath: { cliProvidedPath: schemaPath },
    printLoadMessage: false,
  });
  const generators = await getGenerators({
    schemaContext,
    cliCommand: "generate",
    registry: { "prisma-client": { type: "in-process", generator } },
  });
  for (const one of generators) {
    await one.generate();
    one.stop();
  }
}

/** The generator looks for the query compiler in its own folder, where the `prisma` package has it. */
async function generatorAt(folder: string): Promise<Generator.PrismaClientTsGenerator> {
  const file = require.resolve("@prisma/client-generator-ts");
  const module = { exports: {} as typeof Generator };
  const load = compileFunction(
    await readFile(file, "utf8"),
    ["exports", "require", "module", "__filename", "__dirname"],
    { filename: file },
  ) as (...parts: readonly unknown[]) => void;
  load(module.exports, createRequire(file), module, file, folder);
  return new module.exports.PrismaClientTsGenerator();
}

/** `@prisma/client` ships the query compiler as text; a Worker needs it as a module. */
async function unpackCompiler(folder: string, name: string): Promise<void> {
  const runtime = join(dirname(require.resolve("@prisma/client/package.json")), "runtime");
  const { wasm } = require(join(runtime, `${name}.wasm-base64.js`)) as { wasm: string };
  await writeFile(join(folder, `${name}.wasm`), Buffer.from(wasm, "base64"));
  await writeFile(join(folder, `${name}.mjs`), await readFile(join(runtime, `${name}.mjs`)));
}

if (import.meta.main) await generateClients();
