import { anywhere, type HttpAttack, ONE_ADDRESS } from "./attack.ts";

/** Memory by size: a registry bounded by count takes little memory with small keys and much with large ones. */
const EMBEDS = 380;

/** No two URLs share an alias, since equal ones could be stored once. */
const embeds = (from: number) =>
  Array.from({ length: EMBEDS }, (_, n) => `a${from + n}:comments(id)`).join(",");

const longUrls: HttpAttack = {
  kind: "http",
  name: "long-urls",
  what: "URLs of 7.6 KB with 380 aliased embeds, each once, from one address",
  perSecond: 3,
  atOnce: 4,
  shot: (n) => ({
    target: `/rest/v1/articles?id=eq.${-1 - n}&select=id,${embeds(n * EMBEDS)}`,
    from: ONE_ADDRESS,
  }),
};

const LONG = 110_000;

/** Each may be part of a key, except the last, which no key should contain. */
const HEADERS: readonly ((n: number) => Readonly<Record<string, string>>)[] = [
  (n) => ({ prefer: `timezone=${n}${"x".repeat(LONG)}` }),
  (n) => ({ prefer: `timezone=Etc/${"x".repeat(6_000)}${n}` }),
  (n) => ({ accept: `application/json, ${Array.from({ length: 300 }, (_, i) => `a/b${i}-${n};q=0.1`)}` }),
  (n) => ({ range: `${n}-${"9".repeat(14)}`, "range-unit": "items" }),
  (n) => ({ range: `${"0".repeat(6_000)}${n}-` }),
  (n) => ({ "accept-profile": `public${"x".repeat(6_000)}${n}` }),
  (n) => ({ "x-client-info": `supabase-js/${"2".repeat(6_000)}${n}` }),
];

const longHeaders: HttpAttack = {
  kind: "http",
  name: "long-headers",
  what: "Prefer: timezone of 110 KB and 6 KB; long Accept, Range, Accept-Profile, X-Client-Info",
  perSecond: 3,
  atOnce: 8,
  shot: (n) => ({
    target: `/rest/v1/counters?id=eq.${1 + (n % 5)}&select=id,hits`,
    from: anywhere(n),
    headers: HEADERS[n % HEADERS.length]?.(n) ?? {},
  }),
};

const longLiterals: HttpAttack = {
  kind: "http",
  name: "long-literals",
  what: "filters with literals of 6 KB, each once, from many addresses",
  perSecond: 2,
  atOnce: 8,
  shot: (n) => ({
    target: `/rest/v1/counters?select=id&id=lt.3&story=eq.${n}${"z".repeat(6_000)}`,
    from: anywhere(n),
  }),
};

export const SIZES: readonly HttpAttack[] = [longUrls, longHeaders, longLiterals];
