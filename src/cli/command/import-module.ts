import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/** A module of somebody's own does not load. The message is one line, with the place if Node tells one. */
export class ModuleError extends Error {
  override readonly name = "ModuleError";
  /** Node's; undefined: none. */
  readonly code: string | undefined;

  constructor(cause: unknown) {
    const isError = cause instanceof Error;
    const [message = ""] = (isError ? cause.message : String(cause)).split("\n");
    super(`${isError ? placeIn(cause.stack ?? "") : ""}${message}`, { cause });
    this.code = isError && "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
  }
}

/**
 * What a module of somebody's own exports.
 *
 * @throws ModuleError when it does not load, or awaits what never comes: Node would end then, with a warning of its own
 */
export async function importModule<Exports>(url: string): Promise<Exports> {
  const stuck = Promise.withResolvers<never>();
  const isStuck = () => stuck.reject(new Error("it awaits something that never comes"));
  process.once("beforeExit", isStuck);
  try {
    return await Promise.race([import(url) as Promise<Exports>, stuck.promise]);
  } catch (error) {
    throw new ModuleError(error);
  } finally {
    process.off("beforeExit", isStuck);
  }
}

/** `tidemark.config.ts:3: `, from the line above the code that Node shows, or from the first frame in a file. Else empty. */
function placeIn(stack: string): string {
  const [, above, aboveLine] = stack.match(/^(\S.*):(\d+)\n/) ?? [];
  const [, frame, frameLine] = stack.match(/\n +at (?:.*\()?(file:[^\s()]+?):(\d+):\d+\)?/) ?? [];
  const [where, line] = above === undefined ? [frame, frameLine] : [above, aboveLine];
  // No frame of theirs comes before our own.
  if (where === undefined || where === import.meta.url) return "";
  const path = where.startsWith("file:") ? fileURLToPath(where) : where;
  return `${relative(process.cwd(), path)}:${line}: `;
}
