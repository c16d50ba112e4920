/** One read of a hostile client. */
interface Shot {
  /** Path and query below the gateway. */
  readonly target: string;
  /** The client's address, as Cloudflare's edge would tell it. */
  readonly from: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The client goes away after so many milliseconds. */
  readonly leavesAfterMs?: number;
}

interface Described {
  readonly name: string;
  /** What it tries, as a row of the report says it. */
  readonly what: string;
  /** How often it comes due. A siege is bounded. */
  readonly perSecond: number;
}

/** What a hostile client does over HTTP, with the publishable key that everybody has. */
export interface HttpAttack extends Described {
  readonly kind: "http";
  /** Reads under way at once; what comes due beyond them is held back, and counted. */
  readonly atOnce: number;
  /** The n-th read, from 0. */
  readonly shot: (n: number, seen: Seen) => Shot;
}

/** An attack by a role that may write to its own tables. */
export interface SqlAttack extends Described {
  readonly kind: "sql";
  readonly statement: (n: number) => string;
}

export type Attack = HttpAttack | SqlAttack;

/** What the attackers have learned from answers so far. */
interface Seen {
  /** The last `Tidemark-Token`, such as `<generation>.12`; empty before the first. */
  readonly token: string;
}

/** What came of one attack. */
export interface AttackFigures {
  readonly name: string;
  readonly sent: number;
  /** Reads that came due while the limit was under way. */
  readonly heldBack: number;
  /** Status and `Cache-Status`, or why there was no answer → how often. */
  readonly answers: Readonly<Record<string, number>>;
  /** Errors that Tidemark made itself: a problem of its own, or a connection that it closed. */
  readonly ownErrors: number;
}

/** One hostile client that does not hide. */
export const ONE_ADDRESS = "203.0.113.66";

/** The addresses of one household, school or virtual server: an IPv6 /64. */
export const inOneNetwork = (n: number) => `2001:db8:bad:1::${(1 + (n % 64)).toString(16)}`;

/** Addresses of networks that have nothing in common. */
export const anywhere = (n: number) => `2001:db8:${(1 + ((n * 7_919) % 60_000)).toString(16)}::1`;
