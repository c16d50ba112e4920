import { askAdmin, until } from "../../../testing/gateway/stack.ts";
import { Truth } from "../judge/truth.ts";
import { seed } from "./seed.ts";
import { type Changes, startWorld, type World } from "./world.ts";

/** What outlives a scenario. */
export interface Stage {
  readonly world: World;
  readonly truth: Truth;
  nextId: number;
}

/** A world with rows in it, for one scenario after the other. */
export async function openStage(changes: Changes): Promise<Stage> {
  const world = await startWorld(changes);
  const truth = new Truth();
  try {
    await seed(world.sql, truth);
    if (changes === "pulled") await until("the keeper pulls", async () => isPulling(world));
  } catch (error) {
    await world.stop();
    throw error;
  }
  return { world, truth, nextId: 1_000 };
}

async function isPulling({ gateway }: World): Promise<boolean> {
  const { json } = await askAdmin(gateway.url, "stats");
  return json.proven === true && json.schemaKnown === true;
}
