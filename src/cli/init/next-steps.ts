import { INSTALL_WRANGLER } from "../command/wrangler-version.ts";
import type { wranglerIn } from "./files/package-json.ts";
import type { Plan } from "./plan.ts";

interface Done extends Plan {
  readonly wrangler: ReturnType<typeof wranglerIn>;
}

/** What to do with what was written, for people to read. */
export function nextSteps({ proposals, capture, sources, wrangler }: Done): string {
  const migration = proposals.find(({ path }) => path.endsWith("_tidemark.sql"))?.path ?? "";
  const install = sources.supabase
    ? ["npx supabase db push        # or, on this machine: npx supabase migration up"]
    : [`psql "$DATABASE_URL" --single-transaction --set ON_ERROR_STOP=1 --file ${migration}`];
  const steps = [
    ...(wrangler === "installed"
      ? []
      : [
          [
            "Install what runs and deploys Workers:",
            wrangler === "listed" ? "npm install" : INSTALL_WRANGLER,
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
