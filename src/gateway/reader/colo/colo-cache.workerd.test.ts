import { beforeEach, describe, expect, it } from "vitest";
import type { StoredResponse } from "../../../keeper/protocol/entry.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { SteadyClock, TICK_MS } from "../../../runtime/steady-clock.ts";
import { ColoCache, openColoCache } from "./colo-cache.ts";
import { packed, unpacked } from "./colo-entry.ts";

const HOUR_MS = 3_600_000;
const BODY = '[{"id":1,"title":"Grüße"}]';
const bytesOf = (text: string) => new TextEncoder().encode(text).buffer as ArrayBuffer;

let keys = 0;
/** Of this test alone: all tests share the platform's cache. */
let KEY: string;

beforeEach(() => {
  KEY = `GET /rest/v1/articles?select=id&n=${keys++} anon`;
});

function entry(given: Partial<StoredResponse> = {}): StoredResponse {
  return {
    ...{ generation: "g1", mark: 7, status: 206, headers: { "content-range": "0-0/*" }, etag: '"e"' },
    ...{ body: bytesOf(BODY), filledAt: 1_800_000_000_000, relations: ["public.a", "ü.b"], watched: true },
    ...given,
  };
}

/** The cache of one isolate, and the work that it has left behind. */
function isolate(open: () => Promise<Pick<Cache, "match" | "put">> = openColoCache) {
  const clock = new SteadyClock(systemClock, TICK_MS);
  const cache = new ColoCache({ clock, open });
  cache.at({ url: "https://api.example/rest/v1/articles", colo: "FRA" });
  const work: Promise<unknown>[] = [];
  const keep = async (key: string, kept: StoredResponse, lifeMs = HOUR_MS) => {
    cache.keep(key, kept, lifeMs, (left) => void work.push(left));
    await Promise.all(work.splice(0));
  };
  return { cache, keep };
}

/** Puts bytes where an entry of this key would lie. */
async function plant(bytes: ArrayBuffer): Promise<void> {
  let address = "";
  const spy = {
    match: async () => undefined,
    put: async (request: RequestInfo | URL) => {
      address = String(request);
    },
  };
  await isolate(async () => spy as never).keep(KEY, entry());
  const cache = await openColoCache();
  await cache.put(address, new Response(bytes, { headers: { "cache-control": "max-age=60" } }));
  expect(await cache.match(address)).toBeDefined();
}

describe("what one isolate leaves", () => {
  it("another one of the data centre finds, byte by byte", async () => {
    const [one, other] = [isolate(), isolate()];
    await one.keep(KEY, entry());
    const found = await other.cache.find("g1", KEY);
    expect({ ...found, body: new TextDecoder().decode(found?.body) }).toEqual({ ...entry(), body: BODY });
  });

  it("is another generation's or another key's for nobody", async () => {
    const { cache, keep } = isolate();
    await keep(KEY, entry());
    expect(await cache.find("g2", KEY)).toBeNull();
    expect(await cache.find("g1", `${KEY} `)).toBeNull();
  });

  it("is put again only after a while, and then newer", async () => {
    let puts = 0;
    const counting = async () => {
      const cache = await openColoCache();
      return {
        match: cache.match.bind(cache),
        put: (...given: Parameters<Cache["put"]>) => {
          puts++;
          return cache.put(...given);
        },
      };
    };
    const { keep } = isolate(counting);
    for (let n = 0; n < 10; n++) await keep(KEY, entry({ mark: n }));
    expect(puts).toBe(1);
  });

  it("S9. is never for one person, nor what has no time left", async () => {
    const { cache, keep } = isolate();
    const personal = `${KEY}icated#digest`;
    await keep(personal, entry());
    expect(cache.find("g1", personal)).toBeUndefined();
    await keep(KEY, entry(), 999);
    expect(await cache.find("g1", KEY)).toBeNull();
  });

  it.each([null, "https://tidemark.somebody.workers.dev/rest/v1/articles"])(
    "is nothing before a request has said where we are, nor on workers.dev: %s",
    (url) => {
      const cache = new ColoCache({ clock: systemClock, open: openColoCache });
      if (url !== null) cache.at({ url, colo: "FRA" });
      cache.keep(KEY, entry(), HOUR_MS, () => {
        throw new Error("kept");
      });
      expect([cache.find("g1", KEY), cache.place]).toEqual([undefined, null]);
      cache.at({ url: "https://api.example/rest/v1/articles", colo: "FRA" });
      expect(cache.place).toBe("FRA");
    },
  );
});

describe("what somebody else has left there", () => {
  it.each([
    ["nothing", new ArrayBuffer(0)],
    ["a page", bytesOf("<!doctype html><title>Not found</title>".repeat(10))],
    ["zeros", new ArrayBuffer(4_096)],
    ["a length beyond the end", new Uint8Array(64).fill(255).buffer],
  ])("%s is not an entry", async (_, bytes) => {
    await plant(bytes);
    expect(await isolate().cache.find("g1", KEY)).toBeNull();
  });

  it("an entry of another key or generation, whole as it is, is not this one", async () => {
    await plant(await packed(`${KEY}&x=1`, entry()));
    expect(await isolate().cache.find("g1", KEY)).toBeNull();
    await plant(await packed(KEY, entry({ generation: "g0" })));
    expect(await isolate().cache.find("g1", KEY)).toBeNull();
  });

  it("an entry that is cut off anywhere, or changed in any byte, is none", async () => {
    const whole = await packed(KEY, entry());
    for (let length = 0; length < whole.byteLength; length++) {
      expect(await unpacked(KEY, "g1", whole.slice(0, length))).toBeNull();
    }
    for (let at = 0; at < whole.byteLength; at++) {
      const changed = new Uint8Array(whole.slice(0));
      changed[at] = (changed[at] as number) ^ 1;
      expect(await unpacked(KEY, "g1", changed.buffer)).toBeNull();
    }
    expect(await unpacked(KEY, "g1", whole)).not.toBeNull();
    await plant(whole.slice(0, -1));
    expect(await isolate().cache.find("g1", KEY)).toBeNull();
  });

  it("a description of other types, with the right digest, is none", async () => {
    for (const given of [
      { mark: "7" },
      { status: null },
      { headers: null },
      { relations: [1] },
      { filledAt: "x" },
    ]) {
      expect(await unpacked(KEY, "g1", await packed(KEY, { ...entry(), ...given } as never))).toBeNull();
    }
  });
});

describe("a cache that is broken", () => {
  const broken = {
    "cannot be opened": () => Promise.reject(new Error("no cache")),
    throws: async () => ({
      match: () => Promise.reject(new Error("match")),
      put: () => Promise.reject(new Error("put")),
    }),
    hangs: () => new Promise<never>(() => {}),
    "hangs in the middle of a body": async () => ({
      match: async () =>
        new Response(new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array(8)) })),
      put: () => new Promise<never>(() => {}),
    }),
  };

  it.each(Object.entries(broken))(
    "I9. %s: nothing is found in time, and it is soon left alone",
    async (_, open) => {
      const { cache } = isolate(open as never);
      let looks = 0;
      for (let n = 0; n < 10; n++) {
        const look = cache.find("g1", KEY);
        if (look === undefined) continue;
        looks++;
        expect(await look).toBeNull();
      }
      expect(looks).toBe(4);
    },
  );

  it("I9. without any effect: it is left alone after some looks, and KV is needed again", async () => {
    const { cache, keep } = isolate(async () => ({ match: async () => undefined, put: async () => {} }));
    let looks = 0;
    for (let n = 0; n < 100; n++) {
      await keep(`${KEY}${n}`, entry());
      const look = cache.find("g1", `${KEY}${n}`);
      if (look !== undefined) looks++;
      await look;
    }
    expect(looks).toBe(32);
    expect(cache.place).toBeNull();
  });
});
