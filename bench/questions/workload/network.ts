/** How long things take, in milliseconds; a distance is a round trip. */
export interface Network {
  /** From each place where readers and isolates are to the database. */
  readonly places: readonly number[];
  /** The distance to the keeper, which is beside the database, as a share of that: 1 unless told otherwise. */
  readonly keeperShare: number;
  /** From the keeper to the database. */
  readonly nearMs: number;
  /** The time that the database and its API take for an answer. */
  readonly serviceMs: number;
  /** The time that a Worker takes for any request. */
  readonly edgeMs: number;
  /** A KV read if this place has read the key within a minute, and if it has not. */
  readonly kvHotMs: number;
  readonly kvColdMs: number;
  /** From an isolate to a mirror in its own place. */
  readonly mirrorMs: number;
}

/** How many places there are unless their distances are told: isolates are spread over them. */
const PLACES = 2;

/** Milliseconds from the readers to the database and back: from everywhere, or from each place. */
export type Distance = number | readonly number[];

export function networkAt(distance: Distance, keeperShare: number): Network {
  return {
    places: typeof distance === "number" ? Array<number>(PLACES).fill(distance) : distance,
    keeperShare,
    nearMs: 2,
    serviceMs: 3,
    edgeMs: 1,
    kvHotMs: 5,
    kvColdMs: 40,
    mirrorMs: 10,
  };
}

/** The place of an isolate: KV shows each place its own past. */
export const placeOf = ({ places }: Network, isolate: number) => isolate % places.length;

/** From an isolate to the database. */
export const originMsOf = (network: Network, isolate: number) =>
  network.places[placeOf(network, isolate)] as number;

/** From an isolate to the keeper. */
export const keeperMsOf = (network: Network, isolate: number) =>
  originMsOf(network, isolate) * network.keeperShare;
