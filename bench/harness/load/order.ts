/** A placeholder in a request's head, which the generator replaces with a unique number. */
export const SERIAL = "SERIAL";

/** A request as sent, and the only correct answer. */
export interface WireRequest {
  /** Request line and headers, ended by an empty line. */
  readonly head: string;
  readonly expected: {
    readonly status: number;
    /** `name: value` of each header that the answer must have, in lower case; of a list, one of them. */
    readonly headers: readonly (string | readonly string[])[];
    /** Every byte of it; empty for answers to HEAD and for 304. */
    readonly body: Uint8Array;
  };
  /** HEAD: the answer may declare a length, but has no body. */
  readonly bodyless: boolean;
}

/** A slice of load on one server: each connection sends its next request when the last one is answered. */
export interface LoadOrder {
  readonly host: string;
  readonly port: number;
  readonly requests: readonly WireRequest[];
  readonly connections: number;
  /** Uncounted load before the counted part. */
  readonly leadInMs: number;
  readonly countedMs: number;
  /** The process whose CPU time is read at both ends of the counted time. */
  readonly serverPid: number | null;
}

/** The server at this address, for an order. */
export function serverAt(url: string): Pick<LoadOrder, "host" | "port"> {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

export interface LoadResult {
  /** Answers counted, and the time in which they came. */
  readonly answers: number;
  readonly elapsedMs: number;
  /** Answers of the whole slice, lead-in included, that were checked. */
  readonly checked: number;
  /** Answers other than the expected ones; lost connections count, too. */
  readonly wrong: number;
  readonly firstWrong: string | null;
  /** CPU time of the server in the counted time; null if the system does not tell. */
  readonly serverCpuMs: number | null;
  /** CPU time of the load generator as a share of the counted time: near 1, the generator was the limit. */
  readonly generatorShare: number;
}
