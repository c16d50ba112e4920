import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import {
  type AnswerRow,
  type D1Schema,
  SCHEMA_QUESTIONS,
  schemaOf,
} from "../../../capture/d1/schema/schema.ts";
import { CommandError } from "../../command/command-error.ts";
import { INSTALL_WRANGLER } from "../../command/wrangler-version.ts";

/** Which database is asked, in wrangler's words. */
export interface D1Target {
  /** The name or the binding of a database in wrangler's configuration. */
  readonly database: string;
  /** Cloudflare's, and not the one on this machine. */
  readonly remote: boolean;
  /** An environment of wrangler's configuration. */
  readonly env: string | undefined;
}

/** A remote database may be asleep, and wrangler signs in first. */
const DEADLINE_MS = 120_000;

/** @throws CommandError when wrangler cannot ask, or the database has no table */
export async function askSchema(target: D1Target): Promise<D1Schema> {
  const schema = schemaOf(await askD1(target, SCHEMA_QUESTIONS));
  if (schema.tables.length > 0) return schema;
  throw new CommandError(
    `${target.database} has no tables ${target.remote ? "at Cloudflare" : "on this machine"}`,
    target.remote ? "Apply your migrations first" : "Apply your migrations first, or use --remote",
  );
}

/**
 * Runs statements with the project's own wrangler, and so with its configuration, its login and its local data.
 *
 * @returns the rows of each statement
 * @throws CommandError with wrangler's own words when that fails
 */
export async function askD1(
  { database, remote, env }: D1Target,
  statements: readonly string[],
): Promise<readonly (readonly AnswerRow[])[]> {
  const flags = ["--json", remote ? "--remote" : "--local", ...(env === undefined ? [] : ["--env", env])];
  const args = ["d1", "execute", database, ...flags, "--command", statements.join(";\n")];
  const { stdout, stderr, failed } = await runWrangler(args);
  const answer = jsonIn(stdout);
  if (!failed && Array.isArray(answer)) {
    return answer.map(({ results }: { results?: readonly AnswerRow[] }) => results ?? []);
  }
  const said = (answer as { error?: { text?: string } } | undefined)?.error?.text ?? (stderr || stdout);
  const hint = /CLOUDFLARE_API_TOKEN|logged in|authenticat/i.test(said)
    ? "Log in with npx wrangler login, or export CLOUDFLARE_API_TOKEN; without --remote, the local database is asked"
    : "--d1 takes the name or the binding of a database in your wrangler.jsonc; --env its environment";
  throw new CommandError(`wrangler d1 execute ${database} failed: ${said.trim().slice(0, 600)}`, hint);
}

function runWrangler(args: readonly string[]) {
  const command = [wranglerOf(process.cwd()), ...args];
  const env = { ...process.env, NO_COLOR: "1", WRANGLER_SEND_METRICS: "false" };
  const limits = { timeout: DEADLINE_MS, maxBuffer: 64 * 2 ** 20 };
  return new Promise<{ stdout: string; stderr: string; failed: boolean }>((resolve) => {
    const child = execFile(process.execPath, command, { env, ...limits }, (error, stdout, stderr) =>
      resolve({ stdout, stderr, failed: error !== null }),
    );
    // Whatever it would like to ask, nobody answers.
    child.stdin?.end();
  });
}

/** @throws CommandError when the folder has no wrangler */
function wranglerOf(folder: string): string {
  const here = createRequire(join(folder, "package.json"));
  try {
    const path = here.resolve("wrangler/package.json");
    const { bin } = here(path) as { readonly bin: { readonly wrangler: string } };
    return join(dirname(path), bin.wrangler);
  } catch (error) {
    const message = "--d1 asks the database with wrangler, which is not installed here";
    throw new CommandError(message, INSTALL_WRANGLER, { exitCode: 2, cause: error });
  }
}

/** The JSON that the text ends with: wrangler may say something before it. */
function jsonIn(text: string): unknown {
  for (const start of [...text.matchAll(/^[[{]/gm)].map(({ index }) => index)) {
    try {
      return JSON.parse(text.slice(start));
    } catch {
      // Not from here.
    }
  }
  return undefined;
}
