import { dirname, normalize, resolve } from "node:path";
import { INSTALL_WRANGLER } from "../command/wrangler-version.ts";
import { shellWord } from "../print/shell.ts";
import type { wranglerIn } from "./files/package-json.ts";
import type { Plan } from "./plan.ts";

interface Done extends Plan {
  readonly wrangler: ReturnType<typeof wranglerIn>;
}

/** What to do with what was written, for people to read. */
export function nextSteps({ proposals, capture, leftSecret, supabase, wrangler }: Done): string {
  const migration = proposals.find(({ path }) => path.endsWith("_tidemark.sql"))?.path ?? "";
  const install =
    supabase === undefined
      ? [`psql "$DATABASE_URL" --quiet --single-transaction --set ON_ERROR_STOP=1 --file ${migration}`]
      : pushed(migration, supabase);
  const steps = [
    ...(wrangler === "installed"
      ? []
      : [
          [
            "Install what runs and deploys Workers:",
            wrangler === "listed" ? "npm install" : INSTALL_WRANGLER,
          ],
        ]),
    ...(leftSecret === undefined
      ? []
      : [
          [
            `Take TIDEMARK_CAPTURE_SECRET out of ${leftSecret}, and of secrets.required: it stands for capture`,
          ],
        ]),
    ...(capture ? [["Let the database write changes down:", ...install]] : []),
    ["See whether all is as it should be:", "npx tidemark doctor"],
    ["Try it on this machine:", "npx tidemark dev"],
    ["Deploy. The first time, the secrets go with it:", "npx wrangler deploy --secrets-file .dev.vars"],
    ...(capture ? [] : [["Create the webhooks: docs/deploying.md, step 5"]]),
  ];
  const text = steps.flatMap(([what, ...commands], index) => [
    `${index + 1}. ${what}`,
    ...commands.map((command) => `     ${command}`),
  ]);
  return `${["Next:", "", ...text].join("\n")}\n`;
}

/** The Supabase CLI runs what lies in its own folder, which need not be the one that init writes into. */
function pushed(migration: string, supabase: string): readonly string[] {
  const folder = normalize(supabase).replace(/(?<=.)\/$/, "");
  if (resolve(dirname(migration)) === resolve(folder, "migrations"))
    return ["npx supabase db push        # or, on this machine: npx supabase migration up"];
  return [
    `cp ${migration} ${quoted(`${folder}/migrations/`)}`,
    `(cd ${quoted(dirname(folder))} && npx supabase db push)        # or, on this machine: npx supabase migration up`,
  ];
}

/** For a shell, in quotes where it needs them. */
function quoted(path: string): string {
  return /^[\w./~-]+$/.test(path) ? path : shellWord(path);
}
