import { embeds } from "./embeds.ts";
import { filters } from "./filters.ts";
import type { QueryShape } from "./query-shape.ts";
import { results } from "./results.ts";
import { trees } from "./trees.ts";

export const queryShapes: readonly QueryShape[] = [...filters, ...trees, ...embeds, ...results];
