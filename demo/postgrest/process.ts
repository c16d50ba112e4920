import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import getPort from "get-port";
import { configFile } from "./config.ts";

/** PostgREST cannot be started. The message says which binary, and what it printed. */
class PostgrestError extends Error {
  override readonly name = "PostgrestError";
}

export interface Postgrest {
  /** `PostgREST 16.2` */
  readonly version: string;
  /** The API's: no prefix, no keys, tokens of roles only. */
  readonly url: string;
  /** What PostgREST knows of the schema, as JSON. */
  schemaCache(): Promise<string>;
  stop(): Promise<void>;
}

interface PostgrestOptions {
  /** The path of the executable. */
  readonly binary: string;
  readonly databaseUrl: string;
  readonly schemas: readonly string[];
}

const READY_WITHIN_MS = 30_000;

/**
 * Starts PostgREST in its own process, on free ports. Resolves when it is ready; it ends with this process.
 *
 * @throws PostgrestError when the binary is not one, does not start, or does not become ready
 */
export async function startPostgrest({ binary, databaseUrl, schemas }: PostgrestOptions): Promise<Postgrest> {
  const version = await versionOf(binary);
  const [port, adminPort] = [await getPort({ host: "127.0.0.1" }), await getPort({ host: "127.0.0.1" })];
  const folder = mkdtempSync(join(tmpdir(), "tidemark-postgrest-"));
  const file = join(folder, "postgrest.conf");
  // The file holds a password and a secret.
  writeFileSync(file, configFile({ databaseUrl, schemas, port, adminPort }), { mode: 0o600 });
  const child = spawn(binary, [file], { stdio: ["ignore", "ignore", "pipe"], env: ownEnvironment() });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const said: string[] = [];
  child.stderr
    .setEncoding("utf8")
    .on("data", (text: string) => said.splice(0, Math.max(0, said.push(text) - 40)));
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(`it ended with ${code ?? signal}`));
  });
  const stop = async () => {
    process.off("exit", kill);
    await end(child, ended);
    rmSync(folder, { recursive: true, force: true });
  };
  const admin = `http://127.0.0.1:${adminPort}`;
  const problem = await Promise.race([untilReady(admin), ended]);
  if (problem !== undefined) {
    await stop();
    throw new PostgrestError(
      `POSTGREST_BIN=${binary} (${version}) cannot be used: ${problem}\n${said.join("").trim()}`,
    );
  }
  return {
    version,
    url: `http://127.0.0.1:${port}`,
    schemaCache: async () => (await fetch(`${admin}/schema_cache`)).text(),
    stop,
  };
}

async function versionOf(binary: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(binary, ["--version"], { timeout: 10_000 });
    if (/^PostgREST \d/.test(stdout)) return stdout.trim();
    throw new PostgrestError(
      `POSTGREST_BIN=${binary} is not PostgREST: it says ${JSON.stringify(stdout.slice(0, 100))}`,
    );
  } catch (error) {
    if (error instanceof PostgrestError) throw error;
    throw new PostgrestError(`POSTGREST_BIN=${binary} does not run: ${(error as Error).message}`);
  }
}

/** Drops PostgREST's settings from the environment, which would override those in the file. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(PGRST_|PG[A-Z]+$)/.test(name)),
  );
}

/** Resolves with `undefined` when it is ready, or with the reason to stop waiting. */
async function untilReady(admin: string): Promise<string | undefined> {
  const deadline = performance.now() + READY_WITHIN_MS;
  while (performance.now() < deadline) {
    const response = await fetch(`${admin}/ready`).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return undefined;
    await sleep(50);
  }
  return "it is not ready after 30 s";
}

async function end(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill("SIGTERM");
  const patience = new AbortController();
  const late = sleep(5_000, "late", { signal: patience.signal }).catch(() => {});
  if ((await Promise.race([ended, late])) === "late") child.kill("SIGKILL");
  patience.abort();
  await ended;
}
