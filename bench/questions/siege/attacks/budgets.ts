import { AUTHORS } from "../site/database.ts";
import { anywhere, type HttpAttack, inOneNetwork, ONE_ADDRESS } from "./attack.ts";

/** Keys that were never requested before. */
const newKey = (n: number) => `/rest/v1/documents?id=eq.${1_000_000 + n}&select=id`;

/** Keys that all clients read: they add none, but each read may demand a proof of its own. */
const known = (n: number) => `/rest/v1/authors?id=eq.${1 + (n % AUTHORS)}&select=id,name,version`;

const network: HttpAttack = {
  kind: "http",
  name: "new-keys-64",
  what: "new keys from 64 addresses of one IPv6 /64",
  perSecond: 6,
  atOnce: 16,
  shot: (n) => ({ target: newKey(n), from: inOneNetwork(n) }),
};

const crowd: HttpAttack = {
  kind: "http",
  name: "new-keys-many",
  what: "new keys, each from another network",
  perSecond: 3,
  atOnce: 16,
  shot: (n) => ({ target: newKey(1_000_000 + n), from: anywhere(n) }),
};

const QUERIES = 950;

/** A repeated key earns a place in KV, until the day's writes are spent. */
const thrice = (
  name: string,
  what: string,
  perSecond: number,
  offset: number,
  from: (n: number) => string,
): HttpAttack => ({
  kind: "http",
  ...{ name, what, perSecond },
  atOnce: 16,
  shot: (n) => ({
    target: `/rest/v1/counters?id=eq.${offset + (Math.floor(n / 3) % QUERIES)}&select=id,hits`,
    from: from(n),
  }),
});

const slow: HttpAttack = {
  kind: "http",
  name: "slow-failing",
  what: "130 reads at once that take 4 s and fail, from one address",
  perSecond: 20,
  atOnce: 130,
  shot: (n) => ({ target: `/rest/v1/slow?id=eq.${n}`, from: ONE_ADDRESS }),
};

const strict = (name: string, what: string, perSecond: number, atOnce: number): HttpAttack => ({
  kind: "http",
  ...{ name, what, perSecond, atOnce },
  shot: (n) => ({ target: known(n), from: ONE_ADDRESS, headers: { "cache-control": "no-cache" } }),
});

/** Forged tokens: far ahead in this generation, of another generation, and garbage. */
const FORGED: readonly ((n: number, token: string) => string)[] = [
  (n, token) => `${token.slice(0, token.lastIndexOf("."))}.${900_000_000_000 + n}`,
  (n, token) => `${n.toString(16)}${token.slice(0, token.lastIndexOf("."))}.1`,
  (n) => `;drop table tokens ${n}`,
];

const forged: HttpAttack = {
  kind: "http",
  name: "forged-tokens",
  what: "tokens with a mark far ahead, of another generation, and garbage",
  perSecond: 6,
  atOnce: 16,
  shot: (n, { token }) => ({
    target: known(n),
    from: ONE_ADDRESS,
    headers: { "tidemark-token": FORGED[n % FORGED.length]?.(n, token) ?? "" },
  }),
};

const leaving: HttpAttack = {
  kind: "http",
  name: "cancelled",
  what: "new keys whose reader leaves within 20 ms",
  perSecond: 3,
  atOnce: 16,
  shot: (n) => ({ target: newKey(3_000_000 + n), from: anywhere(n), leavesAfterMs: n % 20 }),
};

export const BUDGETS: readonly HttpAttack[] = [
  network,
  crowd,
  thrice("kv-writes", "950 cheap queries, three times each, from one address", 21, 10, () => ONE_ADDRESS),
  thrice("kv-writes-many", "the same from many networks", 3, 10_000, anywhere),
  slow,
  strict("no-cache", "no-cache, one after the other", 3, 1),
  strict("no-cache-flood", "no-cache, 32 at once", 10, 32),
  forged,
  leaving,
];
