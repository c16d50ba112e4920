import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { until } from "../../../testing/patience.ts";
import { removeFolder } from "../../../testing/remove-folder.ts";

type Child = ChildProcessByStdio<null, Readable, Readable>;

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

export interface Running {
  readonly child: Child;
  /** What it has printed on stdout so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves when stdout matches. Rejects when it has ended and does not. */
  readonly says: (pattern: RegExp) => Promise<RegExpMatchArray>;
  readonly ended: Promise<Ended>;
}

export interface Folder extends Disposable {
  readonly path: string;
  write(name: string, content: string): void;
  makeFolder(name: string): void;
  /** A name in the folder for something outside of it. */
  link(name: string, target: string): void;
  remove(name: string): void;
}

/** A gateway's folder with these files. */
export function folderWith(files: Readonly<Record<string, string>>): Folder {
  const path = mkdtempSync(join(tmpdir(), "tidemark-cli-"));
  const write = (name: string, content: string) => writeFileSync(join(path, name), content);
  for (const [name, content] of Object.entries(files)) write(name, content);
  const makeFolder = (name: string) => void mkdirSync(join(path, name), { recursive: true });
  const link = (name: string, target: string) => symlinkSync(target, join(path, name));
  const remove = (name: string) => rmSync(join(path, name));
  const discard = () => removeFolder(path);
  return { path, write, makeFolder, link, remove, [Symbol.dispose]: discard };
}

/** Where Node keeps what it has compiled: without it, each process spends half of its start on that. */
const { NODE_COMPILE_CACHE = "" } = process.env;

/** The command as it is installed: a process of its own, with nothing else of ours in its environment. */
export function start(
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Running {
  const command = join(import.meta.dirname, "../tidemark.ts");
  return following(
    spawn(process.execPath, [command, ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, NODE_COMPILE_CACHE, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
}

/** Takes down what a process prints, until it ends. */
export function following(child: Child): Running {
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk) => {
    stderr += chunk;
  });
  let hasEnded = false;
  const ended = once(child, "close").then(([exitCode]) => {
    hasEnded = true;
    return { stdout, stderr, exitCode: exitCode as number | null };
  });
  const says = (pattern: RegExp) => {
    const wanted = () => `it says ${pattern}. It says:\n${stdout}\n${stderr}`;
    return until(wanted, () => {
      const match = stdout.match(pattern);
      if (match === null && hasEnded) throw new Error(`It has ended before ${wanted()}`);
      return match;
    });
  };
  return { child, stdout: () => stdout, stderr: () => stderr, says, ended };
}

/** Its output, but for the line that says that a gateway takes long to answer: on a busy machine any does. */
export async function runToEnd(
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const { stderr, ...ended } = await start(args, folder, env).ended;
  return { ...ended, stderr: stderr.replace(/^tidemark: waiting for .*, for \d+ s at most\n/, "") };
}
