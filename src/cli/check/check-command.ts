import { defineCommand } from "citty";
import { readEnvironment } from "../command/environment.ts";
import { CONFIG_FILE } from "../command/project.ts";
import { strictFlags } from "../command/strict-flags.ts";
import { environmentIn, readWranglerFile } from "../command/wrangler-file.ts";
import type { Check } from "./check.ts";
import { checkConfiguration } from "./configuration-checks.ts";
import { printChecks } from "./print.ts";
import { checkSettings } from "./settings-checks.ts";
import { checkWrangler, unloadedCheck } from "./wrangler-checks.ts";

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
    const folder = process.cwd();
    const { checks, config } = await checkConfiguration(args.config);
    const shownAs = config?.keys.shownAs ?? "apikey+bearer";
    const environment = readEnvironment(args.env, folder);
    const settings = checkSettings(environment, shownAs, new Date());
    const wrangler = wranglerChecks(args.env, folder, shownAs, environment);
    printChecks([...checks, ...settings, ...wrangler.filter((check) => !isTold(check, settings))], args.json);
  },
});

/** Whether a setting's fault is one of the environment that was read, which would be said twice. */
function isTold({ message }: Check, settings: readonly Check[]): boolean {
  return settings.some((each) => {
    const [, fault, source] = /^(.*) \((.*)\)$/.exec(each.message) ?? [];
    return source !== undefined && message === `${source}: ${fault}`;
  });
}

function wranglerChecks(
  name: string | undefined,
  folder: string,
  shownAs: Parameters<typeof checkWrangler>[3],
  environment: ReturnType<typeof readEnvironment>,
): readonly Check[] {
  const file = readWranglerFile(folder);
  // A gateway may be deployed by other means.
  if (file === undefined) return [];
  return [
    ...checkWrangler(file, name, folder, shownAs),
    ...unloadedCheck(file.name, environmentIn(file, name), environment),
  ];
}
