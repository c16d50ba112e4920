import type { BuildResult } from "esbuild";
import { CommandError } from "../../command/command-error.ts";

/**
 * esbuild's failure as a line and a hint; any other error as it is.
 *
 * @param what could not be done, such as `the Worker cannot be bundled`
 */
export function bundleError(
  what: string,
  error: Error & { readonly errors?: BuildResult["errors"] },
  hintFor: (line: string) => string,
): Error {
  const [first] = error.errors ?? [];
  if (first === undefined) return error;
  const line = placed(first);
  return new CommandError(`${what}: ${line}`, hintFor(line), { cause: error });
}

/** `src/worker.ts:3: Could not resolve "./nowhere.ts"` */
export function placed({ text, location }: BuildResult["errors"][number]): string {
  return location === null ? text : `${location.file}:${location.line}: ${text}`;
}
