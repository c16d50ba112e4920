import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { benchCommand } from "../harness/command.ts";
import { CHARTS_FOLDER, drawAll } from "./all.ts";

export const chartsCommand = benchCommand({
  name: "charts",
  description: "Draws bench/results as docs/charts/*.svg. The same results give the same bytes",
  args: {},
  run: async () => {
    const charts = await drawAll();
    rmSync(CHARTS_FOLDER, { recursive: true, force: true });
    mkdirSync(CHARTS_FOLDER, { recursive: true });
    for (const [name, svg] of charts) writeFileSync(new URL(name, CHARTS_FOLDER), svg);
    console.log(`docs/charts: ${[...charts.keys()].join(", ")}`);
  },
});
