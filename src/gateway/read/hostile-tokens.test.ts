import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fetchedFor, GatewayBench, KEY } from "../testing/gateway-bench.ts";

const ADA = "ada.a.token";
const ARTICLES = "articles?select=id";
const BOOKMARKS = "bookmarks?select=id";

let bench: GatewayBench;

beforeEach(async () => {
  bench = await GatewayBench.start();
  bench.keeper.people.set(ADA, { sub: "ada" });
  bench.keeper.needs.set("bookmarks", ["sub"]);
  // Everything that Ada may see is in memory.
  for (const path of [ARTICLES, BOOKMARKS]) for (let n = 0; n < 3; n++) await bench.read(path, ADA);
  bench.keeper.asked.audience.length = 0;
  bench.keeper.asked.introduced.length = 0;
  bench.keeper.asked.fill.length = 0;
  bench.arrived.length = 0;
});

afterEach(() => bench.stop());

const encoded = (value: object) => btoa(JSON.stringify(value)).replaceAll("=", "");
const jwt = (header: object, claims: object, signature = "c2lnbmVk") =>
  `${encoded(header)}.${encoded(claims)}.${signature}`;

const RS256 = { alg: "RS256", typ: "JWT" };
const HERS = { role: "authenticated", sub: "ada", exp: 4_000_000_000 };

/** Well formed, so PostgREST must say whether they are good; it says 401 here, as it does of each of these. */
const REFUSED: Record<string, string> = {
  "signed by somebody else": jwt(RS256, HERS, "Zm9yZ2Vk"),
  "with alg none": jwt({ alg: "none" }, HERS, ""),
  "with alg none and a signature": jwt({ alg: "none" }, HERS),
  "past its end": jwt(RS256, { ...HERS, exp: 1 }),
  "not yet valid": jwt(RS256, { ...HERS, nbf: 4_000_000_000 }),
  "whose role is a list": jwt(RS256, { ...HERS, role: ["authenticated"] }),
  "whose claims are no object": `${encoded(RS256)}.${btoa("[1]")}.c2ln`,
  "that is hers with one letter more": `${ADA}x`,
  "that is hers without one": ADA.slice(0, -1),
  "that is no token of ours": "opaque",
  "of 8 KB": "a".repeat(8_192),
};

/** What is not one bearer's token at all, as `Authorization` arrives. */
const STRANGE: Record<string, string> = {
  "two headers": `Bearer ${ADA}, Bearer ${ADA}`,
  "another spelling of the scheme": `bearer ${ADA}`,
  "another scheme": `Basic ${btoa(`ada:${ADA}`)}`,
  "the token alone": ADA,
  nothing: "",
  "no token": "Bearer",
  "a blank more": `Bearer  ${ADA}`,
  "100 KB": `Bearer ${"a".repeat(100_000)}`,
};

describe("a token that the database refuses is never a hit, and nobody else's business", () => {
  beforeEach(() => {
    bench.status = 401;
  });

  it.each(Object.entries(REFUSED))("S1. %s", async (_, token) => {
    for (const path of [ARTICLES, BOOKMARKS]) {
      const { status, how, text } = await bench.read(path, token);
      expect({ status, how }).toEqual({ status: 401, how: "fwd=bypass; detail=token-unknown" });
      expect(fetchedFor({ text })).toBe("the origin itself");
    }
    expect(bench.keeper.asked.introduced).toEqual([]);
    expect(bench.keeper.asked.fill).toEqual([]);
    expect(bench.arrived.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${token}`,
      `Bearer ${token}`,
    ]);
  });
});

describe("what is not one bearer's token passes through as it came", () => {
  it.each(Object.entries(STRANGE).filter(([name]) => name !== "100 KB"))(
    "S4. %s",
    async (_, authorization) => {
      for (const path of [ARTICLES, BOOKMARKS]) {
        const { status, how } = await bench.read(path, null, { authorization });
        expect({ status, how }).toEqual({ status: 200, how: "fwd=bypass; detail=user-token" });
      }
      expect(bench.keeper.questions).toBe(0);
      expect(bench.keeper.asked.fill).toEqual([]);
      expect(bench.arrived).toHaveLength(2);
    },
  );

  it("S4. 100 KB, whatever the origin makes of so much", async () => {
    const { how, text } = await bench.read(BOOKMARKS, null, { authorization: STRANGE["100 KB"] ?? "" });
    expect(how).toMatch(/^fwd=bypass; detail=user-token|^detail=origin-unreachable/);
    expect(text).not.toContain("ada");
    expect(bench.keeper.questions).toBe(0);
  });

  it("S4. a token in the query is a filter, which only PostgREST reads", async () => {
    for (const parameter of [`access_token=${ADA}`, `token=${ADA}`, `authorization=Bearer%20${ADA}`]) {
      const { text } = await bench.read(`${BOOKMARKS}&${parameter}`, null);
      expect(text).not.toContain('"ada"');
    }
    expect(bench.keeper.questions).toBe(0);
    expect(bench.keeper.asked.fill.every(({ bearer }) => bearer === null)).toBe(true);
  });

  it("S1. the project's key as a token is nobody who signs in", async () => {
    expect(fetchedFor(await bench.read(BOOKMARKS, KEY))).toBe(null);
  });
});

describe("S1. a token leaves nothing behind", () => {
  it("but its digest: not in keys, reports, lookups or logs, and what is said of a person not either", async () => {
    const said: unknown[] = [];
    const spies = (["log", "info", "warn", "error", "debug"] as const).map((level) =>
      vi.spyOn(console, level).mockImplementation((...words) => void said.push(words)),
    );
    try {
      const secret = jwt(RS256, { ...HERS, sub: "somebody-in-particular" });
      bench.keeper.people.set(secret, { sub: "somebody-in-particular" });
      for (let n = 0; n < 250; n++) await bench.read(n % 2 ? ARTICLES : BOOKMARKS, secret);
      bench.keeper.restart("g2");
      for (let n = 0; n < 5; n++) await bench.read(BOOKMARKS, secret);
      const { sync, fill } = bench.keeper.asked;
      expect(sync.flatMap(({ report }) => report?.keysRead ?? []).join()).toContain("authenticated#");
      const kept = JSON.stringify([
        sync,
        fill.map(({ read, client }) => [read, client]),
        bench.lookups,
        said,
      ]);
      for (const part of [secret, ...secret.split("."), "somebody-in-particular"])
        expect(kept).not.toContain(part);
      const { text, headers } = await bench.read(BOOKMARKS, secret);
      expect(text).toContain("somebody-in-particular");
      expect(JSON.stringify([...headers])).not.toContain(secret);
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  });
});
