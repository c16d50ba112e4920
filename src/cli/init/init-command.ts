import { defineCommand } from "citty";
import { LOCATION_HINTS } from "../../gateway/config/keeper-config.ts";
import { CommandError } from "../command/command-error.ts";
import { namesIn } from "../command/names-in.ts";
import { strictFlags } from "../command/strict-flags.ts";
import { type Ask, onTerminal, WITHOUT_ASKING } from "./ask.ts";
import { wranglerIn } from "./files/package-json.ts";
import type { InitFlags } from "./init-flags.ts";
import { nextSteps } from "./next-steps.ts";
import { plan } from "./plan.ts";
import { refuseLinks, settle } from "./settle.ts";
import { proposalText } from "./show.ts";

const args = {
  yes: { type: "boolean", description: "Ask nothing: take what would be proposed" },
  url: { type: "string", valueHint: "url", description: "The project's address (SUPABASE_URL)" },
  key: { type: "string", valueHint: "key", description: "Its publishable key (SUPABASE_PUBLISHABLE_KEY)" },
  tables: {
    type: "string",
    valueHint: "a,b",
    description: "Cache these (default: all that changes can refresh)",
  },
  schemas: {
    type: "string",
    valueHint: "a,b",
    description: "What PostgREST exposes, the default first (public)",
  },
  changes: {
    type: "enum",
    options: ["capture", "webhooks"] as ("capture" | "webhooks")[],
    description: "How changes reach the gateway (capture)",
  },
  name: { type: "string", valueHint: "name", description: "The Worker's name (the folder's)" },
  location: {
    type: "enum",
    options: [...LOCATION_HINTS] as (typeof LOCATION_HINTS)[number][],
    description: "Where the keeper lives: near the database",
  },
  supabase: { type: "string", valueHint: "folder", description: "The Supabase CLI's folder (supabase)" },
} as const;

/** `tidemark init`: from a project to a folder that deploys. Overwrites nothing; run again, it proposes the difference. */
export const initCommand = defineCommand({
  meta: { name: "init", description: "Writes what a gateway for your project needs" },
  args,
  plugins: [strictFlags("init", args)],
  async run({ args }) {
    const folder = process.cwd();
    const ask = asking(args.yes);
    const found = await plan(flagsOf(args), ask, folder);
    const { proposals } = found;
    refuseLinks(proposals, folder);
    process.stdout.write(`Files:\n\n${proposals.map(proposalText).join("\n")}\n\n`);
    for (const proposal of proposals) await settle(proposal, ask, folder);
    process.stdout.write(nextSteps({ ...found, wrangler: wranglerIn(folder) }));
  },
});

function asking(yes: boolean | undefined): Ask {
  if (yes) return WITHOUT_ASKING;
  if (process.stdin.isTTY && process.stdout.isTTY) return onTerminal();
  throw new CommandError("there is no terminal to ask on", "Use --yes, with flags for what it should know", {
    exitCode: 2,
  });
}

interface InitArguments extends Omit<InitFlags, "tables" | "schemas"> {
  readonly tables?: string | undefined;
  readonly schemas?: string | undefined;
}

function flagsOf({ tables, schemas, ...flags }: InitArguments): InitFlags {
  return { ...flags, tables: namesIn(tables), schemas: namesIn(schemas) };
}
