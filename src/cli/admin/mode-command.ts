import { setTimeout as sleep } from "node:timers/promises";
import { defineCommand } from "citty";
import * as v from "valibot";
import { CommandError } from "../command/command-error.ts";
import { strictFlags } from "../command/strict-flags.ts";
import { adminClient, GATEWAY_FLAG, printJson, printLines } from "./admin-client.ts";

/** From the mildest to the strictest. */
const MODES: readonly string[] = ["on", "shadow", "off"];

const args = {
  mode: {
    type: "positional",
    required: false,
    description: "on, shadow or off; without it, which one holds",
  },
  gateway: GATEWAY_FLAG,
  json: { type: "boolean", description: 'For scripts: { "mode": "on", "set": "on" }' },
} as const;

/** `tidemark mode`: shows or sets the mode that the keeper tells all isolates. */
export const modeCommand = defineCommand({
  meta: { name: "mode", description: "Shows or sets the mode: on, shadow or off" },
  args,
  plugins: [strictFlags("mode", args, 1)],
  async run({ args }) {
    const { mode: wanted } = args;
    if (wanted !== undefined && !MODES.includes(wanted)) {
      throw new CommandError(`${JSON.stringify(wanted)} is not a mode`, "There are on, shadow and off", {
        exitCode: 2,
      });
    }
    const client = adminClient(args.gateway);
    const modeOf = async (answer: unknown) =>
      (await client.read(v.object({ mode: v.picklist(MODES) }), answer)).mode;
    const answer = await (wanted === undefined ? client.get("stats") : client.post("mode", { mode: wanted }));
    const set = await modeOf(answer);
    const holds = async () => stricterOf(set, await modeOf(await client.get("health")));
    // The gateway's own setting may be stricter. Health is remembered for a second, so it may be of before.
    const mode = (await holds()) === set ? set : await sleep(1_100).then(holds);
    if (args.json) return printJson({ mode, set });
    const why = mode === set ? "" : `; the keeper says ${set}, and TIDEMARK_MODE of the gateway is stricter`;
    printLines([`the mode is ${mode}${why}`, ...(wanted === undefined ? [] : [FOLLOW])]);
  },
});

const FOLLOW = "Other isolates follow with their next sync, within `freshness`.";

function stricterOf(set: string, told: string): string {
  return MODES.indexOf(told) > MODES.indexOf(set) ? told : set;
}
