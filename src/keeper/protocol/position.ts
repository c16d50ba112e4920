/** A position of the keeper: how far its marks have gone. Positions of two generations are never compared (P4). */
export interface Position {
  readonly generation: string;
  readonly mark: number;
}

/**
 * on: serve from the cache; shadow: the origin answers, and answers that the cache would have got wrong are counted;
 * off: bypass the cache.
 */
export type Mode = "on" | "shadow" | "off";

/** Of two modes, the one that trusts the cache less. */
export function stricter(a: Mode, b: Mode): Mode {
  if (a === "off" || b === "off") return "off";
  return a === "shadow" || b === "shadow" ? "shadow" : "on";
}
