import type { LaneFigures } from "../lane.ts";

/** A lane's places, as a name: `150 · 150 · 150 ms`. */
export function placesOf({ places }: LaneFigures): string {
  return `${places.map(({ originMs }) => originMs).join(" · ")} ms`;
}
