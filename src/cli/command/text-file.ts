import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { CommandError } from "./command-error.ts";

/** A text without the byte order mark that editors of Windows put before it, which no parser expects. */
export function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/**
 * The text of a file as it is, with its mark. Undefined: there is no such file.
 *
 * @throws CommandError when there is one that cannot be read, such as a folder
 */
export function readTextIfAny(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    const hint = "It must be a file that this process may read";
    throw new CommandError(`${basename(file)} cannot be read (${code})`, hint, { cause: error });
  }
}
