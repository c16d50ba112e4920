import { extname, join, relative } from "node:path";
import type { BuildContext, BuildResult } from "esbuild";
import { CommandError } from "../command/command-error.ts";
import { DEADLINE_MS } from "../command/deadline.ts";
import { CONFIG_FILE } from "../command/project.ts";
import type { Paint } from "../print/paint.ts";
import { printable, printableLines } from "../print/table.ts";
import { HeardChanges } from "./log/heard-changes.ts";
import { formatRequestLine, parseRequestLine, type RequestLine } from "./log/request-line.ts";
import type { MirroredReaders } from "./mirrored-readers.ts";
import { READERS_AT } from "./worker/place-readers.ts";
import { bundleError, placed } from "./workerd/bundle-error.ts";
import { type BundleSources, bundleOf, MAPPED_BUNDLE } from "./workerd/bundle-sources.ts";
import { EXPORTS_HINT, isMirrorExported, notAGateway } from "./workerd/gateway-exports.ts";
import type { DevTools } from "./workerd/tools.ts";
import { startWorkerd, type Workerd, type WorkerdOptions } from "./workerd/workerd.ts";

export interface LocalGatewayOptions
  extends Pick<WorkerdOptions, "env" | "compatibilityDate" | "compatibilityFlags"> {
  /** The path of the module that exports the Worker, `Keeper` and `Origin`, and `Mirror` where there are to be mirrors. */
  readonly entry: string;
  readonly port: number;
  /** The folder for KV and Durable Objects. */
  readonly persist: string;
  readonly paint: Paint;
  /** Prints nothing of requests that succeed until `announced`: what its own start asks for. */
  readonly isQuiet?: boolean;
  /** Binds mirrors, for readers who are there. Null: the configuration has none. */
  readonly mirrored?: MirroredReaders | null;
  /**
   * Runs the Worker anew whenever a file of it changes. It is asked first whether what is there now can be used, and
   * throws if not; then the Worker goes on as it is. Else it says what `mirrored` is now.
   */
  readonly reload?: { check(): Promise<MirroredReaders | null> };
}

export interface LocalGateway {
  readonly url: string;
  /** Tells it that people know where it is: it prints from now on, and nothing of the changes that were before. */
  announced(): Promise<void>;
  stop(): Promise<void>;
}

const NAME = "gateway";

interface Built {
  readonly code: string;
  /** Null: nothing is built yet. */
  readonly sources: BundleSources | null;
}

/** What runs, or is to run. */
interface Version extends Built {
  /** What goes with it: the binding of mirrors, and the settings. */
  readonly bound: Pick<WorkerdOptions, "mirrors" | "env">;
}

/**
 * A gateway in workerd, on this machine, that prints a line on stdout for each request and each change that it
 * hears of, and whatever else it logs on stderr.
 *
 * @throws CommandError when the Worker cannot be bundled, or does not start
 */
export async function startLocalGateway(
  tools: DevTools,
  options: LocalGatewayOptions,
): Promise<LocalGateway> {
  const { env, port, persist, paint, reload, compatibilityDate, compatibilityFlags } = options;
  const entry = relative(process.cwd(), options.entry);
  let changes: HeardChanges | undefined;
  let isQuiet = options.isQuiet ?? false;
  let workerd: Workerd | undefined;
  let running: Version = { code: "", sources: null, bound: { env } };
  const context = await loggingContext(tools, options.entry, async (result) => {
    if (workerd === undefined || reload === undefined) return;
    for (const error of result.errors) console.error(printable(`Not reloaded: ${placed(error)}`));
    const built = builtBy(result);
    if (built === undefined || built.code === running.code) return;
    const fault = notAGateway(result, entry);
    if (fault !== undefined) return console.error(printable(`Not reloaded: ${fault}`));
    const before = running;
    try {
      running = { ...built, bound: boundFor(result, env, await reload.check()) };
    } catch (error) {
      console.error(printableLines(`Not reloaded: ${error instanceof Error ? error.message : error}`));
      return;
    }
    try {
      await workerd.replace([{ name: NAME, code: built.code }], running.bound);
      console.log(paint("dim", "Reloaded."));
    } catch {
      // What ran before is gone, too.
      running = before;
      await workerd.replace([{ name: NAME, code: before.code }], before.bound);
      console.error("Not reloaded: the Worker does not start; what workerd says of it is above");
    }
  });
  try {
    const result = await context.rebuild();
    const fault = notAGateway(result, entry);
    if (fault !== undefined) throw new CommandError(fault, EXPORTS_HINT, { exitCode: 2 });
    running = { ...running, ...builtBy(result), bound: boundFor(result, env, options.mirrored ?? null) };
    workerd = await startWorkerd(tools, {
      workers: [{ name: NAME, code: running.code, port }],
      keeper: NAME,
      ...running.bound,
      persist,
      guarded: true,
      onLog: ({ message }) => {
        const line = parseRequestLine(message);
        if (line === undefined) console.error(printableLines(running.sources?.named(message) ?? message));
        else if (!isWatching(line) && !(isQuiet && line.status < 400)) {
          console.log(formatRequestLine(line, paint));
          changes?.soon();
        }
      },
      ...(compatibilityDate !== undefined && { compatibilityDate }),
      ...(compatibilityFlags !== undefined && { compatibilityFlags }),
    });
    if (reload !== undefined) await context.watch();
  } catch (error) {
    await context.dispose();
    throw error instanceof Error ? startError(error) : error;
  }
  const started = workerd;
  const url = started.urlOf(NAME);
  const secret = env.TIDEMARK_ADMIN_SECRET;
  if (typeof secret === "string") {
    changes = new HeardChanges(
      () => changesOf(url, secret),
      (line) => console.log(line),
      paint,
    );
  }
  return {
    url,
    async announced() {
      await changes?.skip();
      isQuiet = false;
    },
    async stop() {
      changes?.stop();
      await context.dispose();
      await started.stop();
    },
  };
}

function startError(
  error: Error & { readonly errors?: BuildResult["errors"]; readonly code?: string },
): Error {
  if (error.code === "ERR_RUNTIME_FAILURE") {
    const hint = "What workerd says of it is above";
    return new CommandError("the Worker does not start", hint, { cause: error });
  }
  // Miniflare's own, of a date, a flag or a binding that it does not take; or the file system's.
  if (error.code !== undefined) {
    const isOurs = error.code.startsWith("ERR_");
    const hint = isOurs
      ? "See wrangler.jsonc"
      : "The cache needs a folder to be kept in: --state names another";
    const [why] = error.message.split("\n");
    return new CommandError(`the Worker does not start: ${why}`, hint, { cause: error });
  }
  return bundleError("the Worker cannot be bundled", error, (line) => {
    if (line.includes(CONFIG_FILE)) return "tidemark init writes it";
    return line.includes('import "default"') ? EXPORTS_HINT : "See main of wrangler.jsonc";
  });
}

async function changesOf(gateway: string, secret: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${secret.trim()}` };
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const response = await fetch(`${gateway}/_tidemark/changes`, { headers, signal });
  return response.json();
}

/** The page and `tidemark stats --watch` look every few seconds, which says nothing of what is read. */
function isWatching({ method, target, status }: RequestLine): boolean {
  return method === "GET" && target.startsWith("/_tidemark/") && status < 400;
}

/** esbuild on the Worker of a path, as it is but for a log of its requests. */
function loggingContext(
  { esbuild }: DevTools,
  entry: string,
  onBuilt: (result: BuildResult) => Promise<void>,
): Promise<BuildContext> {
  const own = (name: string) => join(import.meta.dirname, "worker", name + extname(import.meta.filename));
  const from = (path: string) => `from ${JSON.stringify(path)};`;
  const contents = [
    `import worker ${from(entry)}`,
    `import { assertWorker } ${from(own("assert-worker"))}`,
    `import { logRequests } ${from(own("log-requests"))}`,
    `import { placeReaders } ${from(own("place-readers"))}`,
    `export * ${from(entry)}`,
    "export default logRequests(placeReaders(assertWorker(worker)));",
  ].join("\n");
  return esbuild.context({
    ...MAPPED_BUNDLE,
    // It tells what the Worker exports.
    metafile: true,
    stdin: { contents, resolveDir: import.meta.dirname, sourcefile: "tidemark-dev.js", loader: "js" },
    plugins: [
      {
        name: "tidemark-dev",
        setup: (build) => build.onEnd(onBuilt),
      },
    ],
  });
}

/** Mirrors are bound where the configuration has them, as Cloudflare would, if the Worker exports what they are. */
function boundFor(
  result: BuildResult,
  env: WorkerdOptions["env"],
  mirrored: MirroredReaders | null,
): Version["bound"] {
  if (mirrored === null) return { env };
  if (!isMirrorExported(result)) {
    console.error(
      "mirrors are configured, but the Worker does not export Mirror, so there are none: docs/mirrors.md",
    );
    return { env };
  }
  const { named: _, ...at } = mirrored;
  return { mirrors: NAME, env: { ...env, [READERS_AT]: at } };
}

/** Undefined: it does not build. */
function builtBy({ errors, outputFiles = [] }: BuildResult): Built | undefined {
  return errors.length > 0 ? undefined : bundleOf(outputFiles);
}
