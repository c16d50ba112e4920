import { chmodSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CommandError } from "../command/command-error.ts";
import type { Ask } from "./ask.ts";
import type { Proposal } from "./files/proposal.ts";

/** Those with secrets, for nobody's eyes but the owner's. */
const SECRET = ".dev.vars";

/**
 * Refuses proposals for what is a link, before anything is written: a folder that came from somebody else would have secrets
 * written where git does not ignore them, or lines into any file of whoever runs this.
 *
 * @throws CommandError that names the link
 */
export function refuseLinks(proposals: readonly Proposal[], folder: string): void {
  const link = proposals.find(({ kind, path }) => kind === "write" && isLink(join(folder, path)));
  if (link === undefined) return;
  const hint =
    "Put a file in its place, or run tidemark init where it leads: it writes into its own folder only";
  throw new CommandError(`${link.path} is a link`, hint);
}

function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/**
 * Writes a proposal, unless somebody does not want it. A file that was there is asked about by itself.
 *
 * @throws CommandError when the file is not what it was when the proposal was made
 */
export async function settle(proposal: Proposal, ask: Pick<Ask, "confirm">, folder: string): Promise<void> {
  if (proposal.kind !== "write") return;
  const { path, before, content } = proposal;
  if (!(await ask.confirm(before === null ? `Write ${path}?` : `Add to ${path}?`))) return;
  const file = join(folder, path);
  const isSecret = path === SECRET;
  if (before === null) {
    mkdirSync(dirname(file), { recursive: true });
    make(file, path, content, isSecret ? 0o600 : 0o644);
    return;
  }
  if (isLink(file) || readFileSync(file, "utf8") !== before) throw changed(path);
  // First, so that nobody reads the secrets in between.
  if (isSecret) chmodSync(file, 0o600);
  writeFileSync(file, content);
}

function make(file: string, path: string, content: string, mode: number): void {
  try {
    writeFileSync(file, content, { flag: "wx", mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw changed(path);
    throw error;
  }
}

function changed(path: string): CommandError {
  return new CommandError(
    `${path} has changed meanwhile`,
    "Run tidemark init again: it goes on from what is there",
  );
}
