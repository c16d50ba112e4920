import type { ConfigIssue } from "../../gateway/config/config.ts";
import { resolveSettings } from "../../gateway/config/settings.ts";
import { CommandError } from "../command/command-error.ts";
import type { Environment } from "../command/environment.ts";
import type { Ask } from "./ask.ts";
import type { SupabaseFolder } from "./survey/supabase-folder.ts";

export interface FoundProject {
  /** Without trailing slash. */
  readonly url: string;
  readonly publishableKey: string;
}

interface Given {
  readonly url: string | undefined;
  readonly key: string | undefined;
}

/**
 * The project's address and publishable key: from the flags, from what the folder and the environment say, or asked for.
 *
 * @throws CommandError when one of them is no such thing, without repeating it
 */
export async function findProject(
  given: Given,
  settings: Environment,
  folder: SupabaseFolder | undefined,
  ask: Ask,
): Promise<FoundProject> {
  const url =
    given.url ??
    settings.SUPABASE_URL ??
    (await ask.text("The project's address (--url)?", {
      placeholder: folder?.apiUrl ?? "https://abcdefgh.supabase.co",
    }));
  const key =
    given.key ??
    settings.SUPABASE_PUBLISHABLE_KEY ??
    (await ask.text("Its publishable key (--key)?", { placeholder: "sb_publishable_…" }));
  const issues: ConfigIssue[] = [];
  const { origin, keys } = resolveSettings(
    { SUPABASE_URL: url, SUPABASE_PUBLISHABLE_KEY: key },
    "apikey+bearer",
    issues,
  );
  const [issue] = issues;
  if (issue !== undefined)
    throw new CommandError(`${issue.path} ${issue.message}`, issue.fix, { exitCode: 2 });
  return { url: origin, publishableKey: keys.publishable };
}
