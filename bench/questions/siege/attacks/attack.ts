/** One read of a hostile client. */
interface Shot {
  /** Path and query, relative to the gateway. */
  readonly target: string;
  /** The client's address, as Cloudflare's edge would tell it. */
  readonly from: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** After this many milliseconds the client disconnects. */
  readonly leavesAfterMs?: number;
}

interface Described {
  readonly name: string;
  /** What the attack tries, as its row of the report puts it. */
  readonly what: string;
  /** How often a read is due, with a bound on the total. */
  readonly perSecond: number;
}

/** What a hostile client does over HTTP, with the publishable key that is known to all. */
export interface HttpAttack extends Described {
  readonly kind: "http";
  /** Concurrent reads at most; reads due beyond that are skipped and counted. */
  readonly atOnce: number;
  /** The n-th read, counted from 0. */
  readonly shot: (n: number, seen: Seen) => Shot;
}

/** An attack by a role that may write to its own tables. */
export interface SqlAttack extends Described {
  readonly kind: "sql";
  readonly statement: (n: number) => string;
}

export type Attack = HttpAttack | SqlAttack;

/** What the attackers have learned from the answers so far. */
interface Seen {
  /** The last `Tidemark-Token`, such as `<generation>.12`; empty before the first. */
  readonly token: string;
}

/** The outcome of one attack. */
export interface AttackFigures {
  readonly name: string;
  readonly sent: number;
  /** Reads that were due while the limit of concurrent reads was reached. */
  readonly heldBack: number;
  /** Status and `Cache-Status`, or the reason for no answer → how often. */
  readonly answers: Readonly<Record<string, number>>;
  /** Errors that Tidemark caused: a problem response of its own, or a connection that it closed. */
  readonly ownErrors: number;
}

/** The address of one hostile client that does not hide. */
export const ONE_ADDRESS = "203.0.113.66";

/** The addresses of one household, school or virtual server: an IPv6 /64. */
export const inOneNetwork = (n: number) => `2001:db8:bad:1::${(1 + (n % 64)).toString(16)}`;

/** Addresses in unrelated networks. */
export const anywhere = (n: number) => `2001:db8:${(1 + ((n * 7_919) % 60_000)).toString(16)}::1`;
