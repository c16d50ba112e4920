/** In a request's head: the generator puts a number there that it has given to no other request. */
export const SERIAL = "SERIAL";

/** A request as it goes over the wire, and the only answer that counts as right. */
export interface WireRequest {
  /** Request line and headers, ended by an empty line. */
  readonly head: string;
  readonly expected: {
    readonly status: number;
    /** `name: value` of each header that the answer must have, in lower case. */
    readonly headers: readonly string[];
    /** Every byte of it; empty for answers to HEAD and for 304. */
    readonly body: Uint8Array;
  };
  /** HEAD: the answer may name a length, and still has no body. */
  readonly bodyless: boolean;
}

/** A slice of load on one server: each connection sends its next request when the last one is answered. */
export interface LoadOrder {
  readonly host: string;
  readonly port: number;
  readonly requests: readonly WireRequest[];
  readonly connections: number;
  /** Load that is not counted, before that which is. */
  readonly leadInMs: number;
  readonly countedMs: number;
  /** The process whose CPU time is read at both ends of the counted time. */
  readonly serverPid: number | null;
}

export interface LoadResult {
  /** Answers counted, and the time in which they came. */
  readonly answers: number;
  readonly elapsedMs: number;
  /** Answers of the whole slice, lead-in included, that were checked. */
  readonly checked: number;
  /** Those that were not the expected ones; lost connections count here, too. */
  readonly wrong: number;
  readonly firstWrong: string | null;
  /** Of the server in the counted time; null where the system does not tell. */
  readonly serverCpuMs: number | null;
  /** Of the load generator, as a share of the counted time: near 1 the generator is what was measured. */
  readonly generatorShare: number;
}
