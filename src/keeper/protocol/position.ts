/** A position in the keeper's marks. Positions of two generations are never compared (P4). */
export interface Position {
  readonly generation: string;
  readonly mark: number;
}

/** on: serve from the cache; shadow: the origin answers, would-be-wrong hits are counted; off: kill switch. */
export type Mode = "on" | "shadow" | "off";
