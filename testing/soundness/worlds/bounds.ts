import type { Random } from "../random.ts";
import { BOUNDED_TYPES, columnType } from "../types.ts";
import { makeBlog } from "./blog.ts";
import type { World } from "./world.ts";

/** A blog of arrays that do not all begin at 1: equal in JSON, and not equal. */
export function boundsWorld(random: Random): World {
  return makeBlog(random, { types: [...BOUNDED_TYPES, columnType("i4"), columnType("txt")] });
}
