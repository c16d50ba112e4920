import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { TOKEN_HEADER } from "../http/headers/token.ts";
import { GatewayBench } from "../testing/gateway-bench.ts";

const ADA = "ada.a.token";
const ARTICLES = "articles?select=id";
const BOOKMARKS = "bookmarks?select=id";

let bench: GatewayBench;

/** Lets time pass for everybody: the platform's clock is the isolate's, too. */
const pass = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);

async function start(...given: Parameters<typeof GatewayBench.start>): Promise<void> {
  bench = await GatewayBench.start(...given);
  bench.keeper.people.set(ADA, { sub: "ada" });
  bench.keeper.needs.set("bookmarks", ["sub"]);
}

/** Reads until the answer is a hit, which it must be the third time. */
async function warm(path: string, token: string | null): Promise<void> {
  const first = await bench.read(path, token);
  if (first.how.includes("token-unknown")) await bench.read(path, token);
  expect((await bench.read(path, token)).how).toBe("hit; detail=memory");
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_800_000_000_000 });
});

afterEach(async () => {
  vi.useRealTimers();
  await bench.stop();
});

const allowed = { freshness: "10s", staleWhileRevalidate: "5m" } as const;
const tables = { articles: allowed, bookmarks: allowed, menu: { ...allowed, audience: "public" } } as const;
const STALE = "hit; detail=stale-while-revalidate";

it("S13. holds for what the role alone decides, and not for an answer that a claim decides", async () => {
  await start({ tables });
  await warm(ARTICLES, ADA);
  await warm(BOOKMARKS, ADA);
  pass(60_000);
  expect((await bench.read(ARTICLES, ADA)).how).toBe(STALE);
  pass(60_000);
  expect((await bench.read(BOOKMARKS, ADA)).how).toBe("hit; detail=verified");
});

it("L2. holds for nobody who asks for less, or sends a token that cannot be read", async () => {
  await start({ tables });
  for (const [headers, how] of [
    [{}, STALE],
    [{ "cache-control": "max-age=100" }, STALE],
    [{ "cache-control": "max-age=30" }, "hit; detail=verified"],
    [{ "cache-control": "no-cache" }, "hit; detail=verified"],
    [{ [TOKEN_HEADER]: "nonsense" }, "hit; detail=verified"],
  ] as const) {
    await warm("menu?select=id", null);
    pass(60_000);
    const seen = await bench.read("menu?select=id", null, headers);
    expect([headers, seen.how]).toEqual([headers, how]);
    // The clock has ticked since the sync.
    expect(Number(seen.headers.get("age")) >= 59).toBe(how === STALE);
  }
});

it("L2. is for nobody else's configuration: without it the reader waits", async () => {
  await start();
  await warm(ARTICLES, ADA);
  pass(60_000);
  expect((await bench.read(ARTICLES, ADA)).how).toBe("hit; detail=verified");
});
