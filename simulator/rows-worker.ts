import { parentPort } from "node:worker_threads";
import type { directedRowHistories, rowHistory } from "../src/fence/testing/row-history.ts";
import { type Edit, loadVariant } from "./platform/modules.ts";

/** Histories of rows over a variant of the sources. */
export interface RowsJob {
  readonly edits: readonly Edit[];
  readonly histories: number;
}

/** The first violation, or what was thrown; null: there was none. */
export type RowsDone = string | null;

interface Variant {
  readonly rowHistory: typeof rowHistory;
  readonly directedRowHistories: typeof directedRowHistories;
}

async function perform({ edits, histories }: RowsJob): Promise<RowsDone> {
  const [variant] = (await loadVariant(edits, ["src/fence/testing/row-history.ts"])) as [Variant];
  let found: RowsDone = await variant.directedRowHistories();
  for (let seed = 0; seed < histories && found === null; seed++)
    found = (await variant.rowHistory(seed)).violation;
  return found;
}

parentPort?.on("message", async (job: RowsJob) => {
  parentPort?.postMessage(await perform(job).catch(String));
});
