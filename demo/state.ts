import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SettingError } from "./settings.ts";
import { sourcesHash } from "./sources.ts";

/** The demo's folder of state. One demo holds it at a time: PGlite does not notice a second one on its files. */
export interface State {
  supabaseDir: string;
  gatewayDir: string;
  /** The state had another schema or other rows, and was removed. */
  outdated: boolean;
  release(): void;
}

/** @throws SettingError when another demo holds the folder */
export function holdState(folder: string, reset: boolean): State {
  const holderFile = join(folder, "pid");
  const versionFile = join(folder, "version");
  const holder = existsSync(holderFile) ? Number(readFileSync(holderFile, "utf8")) : 0;
  if (holder !== process.pid && isRunning(holder)) {
    throw new SettingError(
      `Another demo (process ${holder}) is using ${folder}. Stop it, or remove ${holderFile} if that is not a demo.`,
    );
  }
  const version = sourcesHash();
  const outdated = existsSync(versionFile) && readFileSync(versionFile, "utf8") !== version;
  const supabaseDir = join(folder, "supabase");
  const gatewayDir = join(folder, "gateway");
  if (reset || outdated) {
    for (const ours of [supabaseDir, gatewayDir]) rmSync(ours, { recursive: true, force: true });
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(versionFile, version);
  writeFileSync(holderFile, String(process.pid));
  return {
    supabaseDir,
    gatewayDir,
    outdated: outdated && !reset,
    release: () => rmSync(holderFile, { force: true }),
  };
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
