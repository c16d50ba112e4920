import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fetchedFor, GatewayBench } from "../testing/gateway-bench.ts";

const [ADA, BORIS] = ["ada.a.token", "boris.b.token"];
const ARTICLES = "articles?select=id";
const BOOKMARKS = "bookmarks?select=id";
const START = 1_800_000_000_000;

let bench: GatewayBench;

/** Lets time pass for everybody: the platform's clock is the isolate's, too. */
const pass = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);

async function start(...given: Parameters<typeof GatewayBench.start>): Promise<void> {
  await bench?.stop();
  bench = await GatewayBench.start(...given);
  bench.keeper.people.set(ADA, { sub: "ada" }).set(BORIS, { sub: "boris" });
  bench.keeper.needs.set("bookmarks", ["sub"]);
}

/** Reads until the answer is a hit, which it must be the third time. */
async function warm(path: string, token: string): Promise<void> {
  const first = await bench.read(path, token);
  if (first.how.includes("token-unknown")) await bench.read(path, token);
  expect((await bench.read(path, token)).how).toBe("hit; detail=memory");
}

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: START });
  await start();
});

afterEach(async () => {
  vi.useRealTimers();
  await bench.stop();
});

describe("a token that is not known", () => {
  it("S1. passes through without a wait for the database, which is asked once, whoever else comes with it", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    bench.keeper.gates.introduced = promise;
    const reads = Array.from({ length: 8 }, (_, n) =>
      bench.begin(`articles?select=id&limit=${n + 1}`, { authorization: `Bearer ${ADA}` }),
    );
    for (const { how, text } of await Promise.all(reads)) {
      expect(how).toBe("fwd=bypass; detail=token-unknown");
      expect(fetchedFor({ text })).toBe("the origin itself");
    }
    expect(bench.keeper.asked.introduced).toHaveLength(1);
    resolve();
    await bench.settled();
    expect((await bench.read(ARTICLES, ADA)).how).toBe("fwd=uri-miss; stored");
    expect((await bench.read(ARTICLES, ADA)).how).toBe("hit; detail=memory");
  });

  it("S1. that the database refuses is not asked about", async () => {
    bench.status = 401;
    expect(await bench.read(ARTICLES, "forged.by.somebody")).toMatchObject({ status: 401 });
    expect(bench.keeper.asked.introduced).toEqual([]);
  });

  it("S1. that nobody vouches for is asked about again, and never answered from the cache", async () => {
    for (let n = 0; n < 3; n++) {
      const { how, text } = await bench.read(ARTICLES, "nobodys.token");
      expect(how).toBe("fwd=bypass; detail=token-unknown");
      expect(fetchedFor({ text })).toBe("the origin itself");
    }
    expect(bench.keeper.asked.audience).toHaveLength(3);
    expect(bench.keeper.asked.fill).toEqual([]);
  });

  it("S4. of a role that is not listed says so, and is remembered", async () => {
    bench.keeper.people.set(ADA, { sub: "ada", role: "service_role" });
    for (const token of [null, ADA]) await bench.read(ARTICLES, token); // the first fence forgets what was told before it
    for (const path of [ARTICLES, BOOKMARKS, ARTICLES])
      expect((await bench.read(path, ADA)).how).toBe("fwd=bypass; detail=role-not-cached");
    expect(bench.keeper.asked.introduced).toHaveLength(1);
    pass(bench.keeper.forMs + 1_000);
    expect((await bench.read(ARTICLES, ADA)).how).toBe("fwd=bypass; detail=token-unknown");
  });

  it("waits for the origin, and is counted so, also when the isolate knows why beforehand", async () => {
    bench.keeper.people.set(ADA, { sub: "ada", role: "service_role" });
    for (const token of [null, ADA]) await bench.read(ARTICLES, token);
    bench.reporter.take();
    const read = bench.begin(ARTICLES, { authorization: `Bearer ${ADA}` });
    pass(1_000);
    expect((await read).how).toBe("fwd=bypass; detail=role-not-cached");
    expect(bench.reporter.take()?.detailed?.waits.sumMs).toBeCloseTo(1_000, 0);
  });

  it("S4. whose read depends on what is not understood says so, for that read alone", async () => {
    bench.keeper.refused.set("bookmarks", "reads-request");
    await warm(ARTICLES, ADA);
    for (let n = 0; n < 3; n++)
      expect((await bench.read(BOOKMARKS, ADA)).how).toBe("fwd=bypass; detail=reads-request");
    expect(bench.keeper.asked.audience).toHaveLength(2);
    expect((await bench.read(ARTICLES, ADA)).how).toBe("hit; detail=memory");
  });
});

describe("a token that is known", () => {
  it("S2. is served until its end and not beyond, hits included", async () => {
    bench.keeper.people.set(ADA, { sub: "ada", expiresAt: START + 5_000 });
    await warm(ARTICLES, ADA);
    pass(4_999);
    expect((await bench.read(ARTICLES, ADA)).how).toBe("hit; detail=memory");
    pass(1);
    const { how, text } = await bench.read(ARTICLES, ADA);
    expect(how).toBe("fwd=bypass; detail=token-expired");
    expect(fetchedFor({ text })).toBe("the origin itself");
  });

  it("S3. is asked about again when the database's word is due", async () => {
    bench.keeper.forMs = 60_000;
    await warm(ARTICLES, ADA);
    pass(60_001);
    bench.keeper.people.delete(ADA);
    expect((await bench.read(ARTICLES, ADA)).how).toBe("fwd=bypass; detail=token-unknown");
    expect((await bench.read(ARTICLES, ADA)).how).toBe("fwd=bypass; detail=token-unknown");
  });

  it("S3. is asked about ahead of the end of that word by whoever reads then, and nobody waits", async () => {
    await warm(ARTICLES, ADA);
    pass(0.75 * bench.keeper.forMs + 1_000);
    const { length } = bench.keeper.asked.introduced;
    const questions = bench.keeper.asked.audience.length;
    for (let n = 0; n < 3; n++) await bench.read(ARTICLES, ADA);
    expect(bench.keeper.asked.introduced).toHaveLength(length + 1);
    pass(0.3 * bench.keeper.forMs);
    expect((await bench.read(ARTICLES, ADA)).how).not.toContain("bypass");
    expect(bench.keeper.asked.audience).toHaveLength(questions);
  });

  it("S1. that another isolate has introduced is answered at once", async () => {
    bench.keeper.vouchFor(ADA);
    expect((await bench.read(ARTICLES, ADA)).how).toBe("fwd=uri-miss; stored");
    expect(bench.keeper.asked.introduced).toEqual([]);
  });

  it("S1. that the keeper no longer knows passes through, and is introduced again", async () => {
    await warm(ARTICLES, ADA);
    bench.keeper.restart();
    bench.keeper.mark++;
    pass(60_000);
    const asked = bench.keeper.asked.introduced.length;
    expect((await bench.read(ARTICLES, ADA)).how).toBe("fwd=bypass; detail=token-unknown");
    expect(bench.keeper.asked.introduced.length).toBe(asked + 1);
    expect((await bench.read(ARTICLES, ADA)).how).toBe("fwd=stale; stored");
  });

  it("S7. is another generation's business: nothing known or stored of an earlier one is used", async () => {
    await warm(BOOKMARKS, ADA);
    bench.keeper.restart("g2");
    bench.keeper.people.set(ADA, { sub: "ada, renamed by a policy" });
    pass(60_000);
    const seen: unknown[] = [];
    for (let n = 0; n < 4; n++) seen.push(fetchedFor(await bench.read(BOOKMARKS, ADA)));
    expect(seen).not.toContain("ada");
    expect(seen.at(-1)).toBe("ada, renamed by a policy");
    expect((await bench.read(BOOKMARKS, ADA)).how).toBe("hit; detail=memory");
  });

  it("S7. comes back after a new generation even if nobody but those who sign in reads", async () => {
    await warm(ARTICLES, ADA);
    bench.keeper.restart("g2");
    pass(60_000);
    for (let n = 0; n < 3; n++) await bench.read(ARTICLES, ADA);
    expect((await bench.read(ARTICLES, ADA)).how).toBe("hit; detail=memory");
  });

  it("I9. passes through when the keeper does not say whose answer the read leads to", async () => {
    await warm(ARTICLES, ADA);
    bench.keeper.gates.audience = Promise.reject(new Error("the object was reset"));
    bench.keeper.gates.audience.catch(() => {});
    const { status, how } = await bench.read(BOOKMARKS, ADA);
    expect({ status, how }).toEqual({ status: 200, how: "fwd=bypass; detail=keeper-failed" });
  });

  it("S11. needs no question for a query whose needs are known, and one for another", async () => {
    await warm(ARTICLES, ADA);
    await warm(ARTICLES, BORIS);
    const asked = bench.keeper.asked.audience.length;
    await bench.read(ARTICLES, BORIS);
    expect(bench.keeper.asked.audience.length).toBe(asked);
    await bench.read(BOOKMARKS, BORIS);
    expect(bench.keeper.asked.audience.length).toBe(asked + 1);
    expect((await bench.read(BOOKMARKS, BORIS)).how).toBe("hit; detail=memory");
    expect(bench.keeper.asked.audience.length).toBe(asked + 1);
  });
});

describe("two who sign in, side by side", () => {
  it("S8. share what their role alone decides, and only under a fence younger than it", async () => {
    await warm(ARTICLES, ADA);
    await bench.read(ARTICLES, BORIS);
    const syncs = bench.keeper.asked.sync.length;
    const answer = await bench.read(ARTICLES, BORIS);
    expect(answer.how).toBe("hit; detail=verified");
    expect(fetchedFor(answer)).toBe("ada");
    expect(bench.keeper.asked.sync.length).toBe(syncs + 1);
    await bench.read(ARTICLES, BORIS);
    expect(bench.keeper.asked.sync.length).toBe(syncs + 1);
  });

  it("S10. share nothing that is still somebody's own", async () => {
    bench.keeper.sharing = "own";
    for (let n = 0; n < 3; n++) {
      expect(fetchedFor(await bench.read(ARTICLES, ADA))).toBe(n === 0 ? "the origin itself" : "ada");
      expect(fetchedFor(await bench.read(ARTICLES, BORIS))).toBe(n === 0 ? "the origin itself" : "boris");
    }
  });

  it("S6. never share what a claim decides", async () => {
    for (let n = 0; n < 3; n++) {
      await Promise.all([bench.read(BOOKMARKS, ADA), bench.read(BOOKMARKS, BORIS)]);
    }
    const answers = await Promise.all([bench.read(BOOKMARKS, ADA), bench.read(BOOKMARKS, BORIS)]);
    expect(answers.map(fetchedFor)).toEqual(["ada", "boris"]);
    expect(answers.map(({ how }) => how)).toEqual(["hit; detail=memory", "hit; detail=memory"]);
  });

  it("S8. a fill is made with the token of the reader who waits", async () => {
    await warm(BOOKMARKS, ADA);
    await warm(BOOKMARKS, BORIS);
    const { fill } = bench.keeper.asked;
    expect(fill.map(({ read, bearer }) => [read.key.split(" ").at(-1), bearer?.token])).toEqual([
      ["authenticated#digest-of-3", ADA],
      ["authenticated#digest-of-5", BORIS],
    ]);
    expect(fill.every(({ have }) => have === null)).toBe(true);
  });

  it("S9. KV is asked for what the role alone decides, and for nothing personal", async () => {
    await warm(ARTICLES, ADA);
    await warm(BOOKMARKS, ADA);
    expect(bench.lookups).toHaveLength(1);
    expect(bench.lookups[0]).toContain(" authenticated");
  });

  it("S13. an answer that a claim decides outlives no failure, unless the owner says so", async () => {
    const after = async (audiences: { staleIfError: boolean }) => {
      await start({ audiences });
      await warm(BOOKMARKS, ADA);
      pass(60_000);
      bench.keeper.mark++;
      bench.keeper.failing = true;
      return bench.read(BOOKMARKS, ADA);
    };
    expect(await after({ staleIfError: false })).toMatchObject({ status: 502 });
    expect(await after({ staleIfError: true })).toMatchObject({ how: "hit; detail=stale-if-error" });
  });
});

describe("how a signed-in answer leaves", () => {
  it("is nobody else's downstream: private, revalidated, and varied by the token (RFC 9111)", async () => {
    await warm(BOOKMARKS, ADA);
    const { headers } = await bench.read(BOOKMARKS, ADA);
    expect(headers.get("cache-control")).toBe("private, no-cache");
    expect(headers.get("vary")).toContain("Authorization");
    expect(headers.get("access-control-allow-origin")).toBe("*");
    const again = await bench.read(BOOKMARKS, ADA, { "if-none-match": headers.get("etag") ?? "" });
    expect(again).toMatchObject({ status: 304, text: "" });
    const boris = await bench.read(BOOKMARKS, BORIS, { "if-none-match": headers.get("etag") ?? "" });
    expect(boris.status).toBe(200);
  });
});

describe("what the owner has said", () => {
  it("S4. false: a token passes through, as without capture", async () => {
    for (const [config, env] of [[{ audiences: false }], [{}, { TIDEMARK_CAPTURE_SECRET: "" }]] as const) {
      await start(config, env ?? {});
      expect((await bench.read(ARTICLES, ADA)).how).toBe("fwd=bypass; detail=user-token");
      expect(bench.keeper.questions).toBe(0);
    }
  });

  it("I8. audience: public still gives everybody the publishable key's answer", async () => {
    const menu = "menu?select=id";
    await bench.read(menu, null);
    expect(await bench.read(menu, ADA)).toMatchObject({ how: "hit; detail=memory" });
    expect(fetchedFor(await bench.read(menu, ADA))).toBe(null);
    expect(bench.keeper.questions).toBe(0);
  });

  it("the modes: off asks nobody, shadow compares and serves the origin's", async () => {
    await start({}, { TIDEMARK_MODE: "off" });
    expect((await bench.read(ARTICLES, ADA)).how).toBe("fwd=bypass; detail=mode-off");
    expect(bench.keeper.questions).toBe(0);
    await start({}, { TIDEMARK_MODE: "shadow" });
    expect((await bench.read(ARTICLES, ADA)).how).toBe("fwd=bypass; detail=token-unknown");
    for (let n = 0; n < 2; n++) {
      const read = await bench.read(ARTICLES, ADA);
      expect([read.how, fetchedFor(read)]).toEqual(["fwd=bypass; detail=mode-shadow", "the origin itself"]);
    }
    expect(bench.keeper.asked.fill.length).toBeGreaterThan(0);
  });
});
