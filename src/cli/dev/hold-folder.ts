import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Takes a folder of state for this process. Databases in files do not notice a second process on them.
 *
 * @param refuse gets the process that holds the folder, and the file that says so
 * @returns what gives the folder back
 * @throws Error of the file system, when there can be no such folder or nothing can be written to it
 */
export function holdFolder(folder: string, refuse: (holder: number, file: string) => Error): () => void {
  const file = join(folder, "pid");
  const holder = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
  if (holder !== process.pid && isRunning(holder)) throw refuse(holder, file);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, String(process.pid));
  return () => rmSync(file, { force: true });
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
