/** How long things take, in milliseconds; a distance is a way there and back. */
export interface Network {
  /** From an isolate, where the readers are, to the database. */
  readonly originMs: number;
  /** From an isolate to the keeper. It lives beside the database, so the same by default. */
  readonly keeperMs: number;
  /** From the keeper to the database. */
  readonly nearMs: number;
  /** What the database and its API take for an answer. */
  readonly serviceMs: number;
  /** What a Worker takes for a request, whatever it does. */
  readonly edgeMs: number;
  /** KV, where this place has read the key within a minute, and where it has not. */
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

/** Isolates are in so many places in turn; KV shows each place its own past. */
const PLACES = 2;

export const placeOf = (isolate: number) => isolate % PLACES;
