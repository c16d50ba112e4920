import { defineCommand } from "citty";
import { readEnvironment } from "../command/environment.ts";
import { CONFIG_FILE } from "../command/project.ts";
import { strictFlags } from "../command/strict-flags.ts";
import { checkConfiguration } from "./configuration-checks.ts";
import { inEnvironment } from "./in-environment.ts";
import { printChecks } from "./print.ts";
import { checkSettings } from "./settings-checks.ts";
import { checkWrangler } from "./wrangler-checks.ts";

const args = {
  config: { type: "string", valueHint: "file", description: `The gateway's configuration (${CONFIG_FILE})` },
  env: { type: "string", valueHint: "name", description: "One environment of wrangler.jsonc alone" },
  json: { type: "boolean", description: "For machines: { ok, checks: [{ name, severity, message, fix }] }" },
} as const;

/** `tidemark check`: whether what is here would work, without the network. Exit code 1 when something is wrong. */
export const checkCommand = defineCommand({
  meta: { name: "check", description: "Checks configuration and environment, offline" },
  args,
  plugins: [strictFlags("check", args)],
  async run({ args }) {
    const { checks, config } = await checkConfiguration(args.config);
    const shownAs = config?.keys.shownAs ?? "apikey+bearer";
    const environment = readEnvironment(args.env);
    const settings = checkSettings(environment, shownAs, new Date());
    const hasMirrors = config != null && config.mirrors !== null;
    const wrangler = checkWrangler(environment, args.env, process.cwd(), { shownAs, hasMirrors });
    printChecks(inEnvironment([...checks, ...settings, ...wrangler], args.env), args.json);
  },
});
