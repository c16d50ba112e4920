import { askAdmin } from "../../../testing/gateway/stack.ts";
import { until } from "../../../testing/patience.ts";
import { Truth } from "../judge/truth.ts";
import { type Changes, type ProcessStack, startProcessStack } from "./process-stack.ts";
import { seed } from "./seed.ts";

/** What several scenarios share. */
export interface Stage {
  readonly stack: ProcessStack;
  readonly truth: Truth;
  nextId: number;
}

/** A stack with rows, for one scenario after the other. */
export async function openStage(changes: Changes): Promise<Stage> {
  const stack = await startProcessStack(changes);
  const truth = new Truth();
  try {
    await seed(stack.sql, truth);
    if (changes === "pulled") await until("the keeper pulls", async () => isPulling(stack));
  } catch (error) {
    await stack.stop();
    throw error;
  }
  return { stack, truth, nextId: 1_000 };
}

async function isPulling({ gateway }: ProcessStack): Promise<boolean> {
  const { json } = await askAdmin(gateway.url, "stats");
  return json.proven === true && json.schemaKnown === true;
}
