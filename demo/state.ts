import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { holdFolder } from "../src/cli/dev/hold-folder.ts";
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
  const release = holdFolder(
    folder,
    (holder, file) =>
      new SettingError(
        `Another demo (process ${holder}) is using ${folder}. Stop it, set TIDEMARK_STATE_DIR to another folder, or remove ${file} if that is not a demo.`,
      ),
  );
  const versionFile = join(folder, "version");
  const version = sourcesHash();
  const outdated = existsSync(versionFile) && readFileSync(versionFile, "utf8") !== version;
  const supabaseDir = join(folder, "supabase");
  const gatewayDir = join(folder, "gateway");
  if (reset || outdated) {
    for (const ours of [supabaseDir, gatewayDir]) rmSync(ours, { recursive: true, force: true });
  }
  writeFileSync(versionFile, version);
  return { supabaseDir, gatewayDir, outdated: outdated && !reset, release };
}
