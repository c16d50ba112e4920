import { join, resolve } from "node:path";
import { defineCommand } from "citty";
import { CommandError } from "../command/command-error.ts";
import { strictFlags } from "../command/strict-flags.ts";
import { dev } from "./dev.ts";

const args = {
  port: { type: "string", valueHint: "n", description: "The gateway's port ($PORT, else 8787)" },
  env: { type: "string", valueHint: "name", description: "An environment of wrangler.jsonc" },
  state: { type: "string", valueHint: "folder", description: "Where the cache is kept (.wrangler/tidemark)" },
  reset: { type: "boolean", description: "Start with an empty cache" },
} as const;

/** `tidemark dev`: the gateway of this folder, in workerd, on this machine. */
export const devCommand = defineCommand({
  meta: { name: "dev", description: "Runs the gateway on this machine, with a log of requests" },
  args,
  plugins: [strictFlags("dev", args)],
  async run({ args }) {
    const folder = process.cwd();
    await dev({
      folder,
      environment: args.env,
      port: portOf(args.port ?? (process.env.PORT || "8787")),
      stateDir: resolve(args.state ?? join(folder, ".wrangler", "tidemark")),
      reset: args.reset,
    });
  },
});

function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new CommandError("the port must be a whole number from 0 to 65535", "For example: --port 8788", {
    exitCode: 2,
  });
}
