import type { Random } from "../random.ts";
import { makeBlog } from "./blog.ts";
import { boundsWorld } from "./bounds.ts";
import { helpersWorld } from "./helpers.ts";
import { keysWorld } from "./keys.ts";
import { layersWorld } from "./layers.ts";
import { movesWorld } from "./moves.ts";
import { policiesWorld } from "./policies.ts";
import type { World } from "./world.ts";

const KINDS = {
  plain: (random) => makeBlog(random, {}),
  policies: policiesWorld,
  partitions: (random) => makeBlog(random, { comments: "partitioned" }),
  views: (random) => makeBlog(random, { views: true }),
  keys: keysWorld,
  /** Rows that were loaded past their foreign keys. */
  replicas: (random) => ({
    ...(random.chance(60) ? makeBlog(random, {}) : keysWorld(random)),
    replicaPercent: 40,
  }),
  bounds: boundsWorld,
  moves: movesWorld,
  helpers: helpersWorld,
  layers: layersWorld,
} satisfies Record<string, (random: Random) => World>;

export type WorldKind = keyof typeof KINDS;
export const WORLD_KINDS = Object.keys(KINDS) as WorldKind[];

/** A random world: tables with random typed columns, and how they hang together. */
export function makeWorld(random: Random, kind: WorldKind): World {
  return KINDS[kind](random);
}
