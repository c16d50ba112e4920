import { databaseTarget } from "../../gateway/classify/database-target.ts";
import type { ResolvedConfig } from "../../gateway/config/config.ts";
import { reasonOf } from "../../relay/reason.ts";
import { CommandError } from "../command/command-error.ts";
import type { Environment } from "../command/environment.ts";
import { surveyApi, surveyCaptured } from "./survey/api.ts";
import { surveyDatabase } from "./survey/database.ts";
import { type SupabaseFolder, surveyFolder } from "./survey/supabase-folder.ts";
import type { Survey } from "./survey/survey.ts";

export interface TableSources {
  readonly databaseUrl: string | undefined;
  /** A secret key of the project, for its list of tables. */
  readonly secretKey: string | undefined;
  readonly folder: SupabaseFolder | undefined;
  /** With the project's address and key. */
  readonly config: ResolvedConfig;
  readonly settings: Environment;
  /** What somebody has named, if nothing tells more. */
  readonly asNamed: Survey | undefined;
}

/**
 * Reads the project's tables where most is known of them: in the database, through capture if it is installed, in the API, or
 * in a `supabase/` folder.
 *
 * @param schemas that the API exposes
 * @throws CommandError when there is no way, or the one that was given fails
 */
export async function findTables(sources: TableSources, schemas: readonly string[]): Promise<Survey> {
  const { databaseUrl, secretKey, folder, config, settings, asNamed } = sources;
  if (databaseUrl !== undefined) return surveyDatabase(databaseUrl, schemas);
  let refused = "";
  const secret = settings.TIDEMARK_CAPTURE_SECRET?.trim();
  if (secret) {
    const target = databaseTarget(config, { token: settings.TIDEMARK_CAPTURE_TOKEN, secret });
    // A first run may have made the secret, and nobody has installed it yet.
    const found = await surveyCaptured(target, schemas).catch((error: unknown) => {
      refused = `: ${reasonOf(error)}`;
      return undefined;
    });
    if (found !== undefined) return found;
  }
  if (secretKey !== undefined) return surveyApi(config.origin + config.restPath, secretKey, schemas);
  const inFolder = folder && (await surveyFolder(folder, schemas));
  if (inFolder !== undefined) return inFolder;
  if (asNamed !== undefined) return asNamed;
  if (folder !== undefined) {
    const hint = "Start it (npx supabase start), set DATABASE_URL, or name the tables: --tables a,b";
    throw new CommandError(`${folder.path} shows no table in ${schemas.join(", ")}`, hint);
  }
  throw new CommandError(
    `there is nothing to read the tables from${refused}`,
    "Set DATABASE_URL (best), or SUPABASE_SECRET_KEY, or run this where supabase/ is, or name them: --tables a,b",
    { exitCode: 2 },
  );
}
