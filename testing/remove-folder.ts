import { rmSync } from "node:fs";

/** Removes a folder with all that is in it. A process that was told to end may still be writing there. */
export function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 10 });
}
