/** Draws bench/results as docs/charts/*.svg: `npm run bench:charts`. The same results give the same bytes. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { CHARTS_FOLDER, drawAll } from "./charts/all.ts";

const charts = await drawAll();
rmSync(CHARTS_FOLDER, { recursive: true, force: true });
mkdirSync(CHARTS_FOLDER, { recursive: true });
for (const [name, svg] of charts) writeFileSync(new URL(name, CHARTS_FOLDER), svg);
console.log(`docs/charts: ${[...charts.keys()].join(", ")}`);
