import { defineCommand } from "citty";
import * as v from "valibot";
import { deployedShape } from "../../command/deployed-shape.ts";
import { strictFlags } from "../../command/strict-flags.ts";
import { paintFor } from "../../print/paint.ts";
import { adminClient, GATEWAY_FLAG, JSON_FLAG } from "../admin-client.ts";
import { showOnceOrWatch, WATCH_FLAGS } from "../watch.ts";
import { paceLine, statsLines } from "./stats-lines.ts";
import { type ShownStats, statsShape } from "./stats-shape.ts";

const args = { gateway: GATEWAY_FLAG, json: JSON_FLAG, ...WATCH_FLAGS } as const;

/** `tidemark stats`: what a gateway has counted. With `--watch --json`, an object a line. */
export const statsCommand = defineCommand({
  meta: { name: "stats", description: "What a gateway has counted: reads, changes, tables" },
  args,
  plugins: [strictFlags("stats", args)],
  async run({ args }) {
    const client = adminClient(args.gateway);
    const paint = paintFor(process.stdout);
    let before: { readonly stats: ShownStats; readonly at: number } | undefined;
    const ask = () => client.get("stats");
    await showOnceOrWatch(args, ask, async (answer) => {
      const stats = await client.read(statsShape, answer);
      const at = performance.now();
      const pace = before === undefined ? [] : ["", paceLine(before.stats, stats, at - before.at)];
      before = { stats, at };
      // An earlier gateway tells less, or nothing of it.
      const config = v.safeParse(deployedShape, await client.get("config").catch(() => undefined));
      const deployed = config.success ? config.output : undefined;
      const { gateway } = client;
      return [...statsLines({ stats, deployed, gateway, now: new Date() }, paint), ...pace];
    });
  },
});
