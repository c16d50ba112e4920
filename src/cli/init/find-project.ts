import type { ConfigIssue, OriginKey } from "../../gateway/config/config.ts";
import { type EnvironmentSettings, resolveSettings } from "../../gateway/config/settings.ts";
import { REST } from "../../keeper/protocol/constants.ts";
import { CommandError } from "../command/command-error.ts";
import type { Environment } from "../command/environment.ts";
import type { Ask } from "./ask.ts";
import type { SupabaseFolder } from "./survey/supabase-folder.ts";

export interface FoundProject {
  /** Without trailing slash. */
  readonly url: string;
  readonly publishableKey: string;
}

interface GivenProject {
  readonly url: string | undefined;
  readonly key: string | undefined;
}

/**
 * The project's address and publishable key: from the flags, from what the folder and the environment say, or asked for.
 *
 * @param shownAs as the configuration has it; with "none" there is no key
 * @throws CommandError when one of them is no such thing, without repeating it
 */
export async function findProject(
  given: GivenProject,
  shownAs: OriginKey,
  settings: Environment,
  folder: SupabaseFolder | undefined,
  ask: Ask,
): Promise<FoundProject> {
  const isSupabase = shownAs === "apikey+bearer";
  const url =
    given.url ??
    settings.SUPABASE_URL ??
    (await ask.text("The project's address (--url)?", {
      placeholder: folder?.apiUrl ?? "https://abcdefgh.supabase.co",
      faultOf: (url) => faultOf({ SUPABASE_URL: url }, shownAs),
    }));
  const isKeyless = shownAs === "none";
  const key = isKeyless
    ? ""
    : (given.key ??
      settings.SUPABASE_PUBLISHABLE_KEY ??
      (await ask.text("Its publishable key (--key)?", {
        placeholder: "sb_publishable_…",
        faultOf: (key) => faultOf({ SUPABASE_PUBLISHABLE_KEY: key }, shownAs),
      })));
  const issues: ConfigIssue[] = [];
  const { origin, keys } = resolveSettings(
    { SUPABASE_URL: url, SUPABASE_PUBLISHABLE_KEY: key },
    shownAs,
    issues,
  );
  const [issue] = issues;
  if (issue !== undefined)
    throw new CommandError(`${issue.path} ${issue.message}`, issue.fix, { exitCode: 2 });
  // The dashboard shows the address with the path, too, which the gateway appends itself.
  return { url: isSupabase ? withoutRest(origin) : origin, publishableKey: keys.publishable };
}

/** An address of the project, without PostgREST's path. */
export function withoutRest(origin: string): string {
  return origin.endsWith(REST) ? origin.slice(0, -REST.length) : origin;
}

/** What is wrong with one of the two, whatever the other is. */
function faultOf(given: EnvironmentSettings, shownAs: OriginKey): string | undefined {
  const issues: ConfigIssue[] = [];
  resolveSettings({ ...ANY, ...given }, shownAs, issues);
  return issues[0] && `It ${issues[0].message}`;
}

const ANY = { SUPABASE_URL: "https://project.example", SUPABASE_PUBLISHABLE_KEY: "any" };
