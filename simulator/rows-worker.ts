import { parentPort, workerData } from "node:worker_threads";
import type { directedRowHistories, rowHistory } from "../src/fence/testing/row-history.ts";
import { type Edit, loadVariant } from "./platform/modules.ts";

/** Histories of rows over a variant of the sources. */
export interface RowsJob {
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly histories: number;
}

/** The first violation; null: there was none. */
export type RowsDone = string | null;

const { name, edits, histories } = workerData as RowsJob;
const [variant] = (await loadVariant(name, edits, ["src/fence/testing/row-history.ts"])) as [
  { readonly rowHistory: typeof rowHistory; readonly directedRowHistories: typeof directedRowHistories },
];
let found: RowsDone = await variant.directedRowHistories();
for (let seed = 0; seed < histories && found === null; seed++)
  found = (await variant.rowHistory(seed)).violation;
parentPort?.postMessage(found);
