/** How long things take, in milliseconds; a distance is a round trip. */
export interface Network {
  /** From an isolate, where the readers are, to the database. */
  readonly originMs: number;
  /** From an isolate to the keeper, which is beside the database: by default the same distance. */
  readonly keeperMs: number;
  /** From the keeper to the database. */
  readonly nearMs: number;
  /** The time that the database and its API take for an answer. */
  readonly serviceMs: number;
  /** The time that a Worker takes for any request. */
  readonly edgeMs: number;
  /** A KV read if this place has read the key within a minute, and if it has not. */
  readonly kvHotMs: number;
  readonly kvColdMs: number;
}

export function networkAt(originMs: number, keeperShare: number): Network {
  return {
    originMs,
    keeperMs: originMs * keeperShare,
    nearMs: 2,
    serviceMs: 3,
    edgeMs: 1,
    kvHotMs: 5,
    kvColdMs: 40,
  };
}

/** Isolates are spread over this many places; KV shows each place its own past. */
const PLACES = 2;

export const placeOf = (isolate: number) => isolate % PLACES;
