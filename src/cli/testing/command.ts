import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

export interface Running {
  readonly child: ChildProcess;
  /** What it has printed on stdout so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
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
  const discard = () => rmSync(path, { recursive: true, force: true });
  return { path, write, makeFolder, link, remove, [Symbol.dispose]: discard };
}

/** The command as it is installed: a process of its own, with nothing of ours in its environment. */
export function start(
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Running {
  const command = join(import.meta.dirname, "../tidemark.ts");
  const child = spawn(process.execPath, [command, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, "close").then(([exitCode]) => ({
    stdout,
    stderr,
    exitCode: exitCode as number | null,
  }));
  return { child, stdout: () => stdout, stderr: () => stderr, ended };
}

export function runToEnd(
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return start(args, folder, env).ended;
}
