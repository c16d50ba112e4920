import type { ServerResponse } from "node:http";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Gateway, startGateway } from "../../demo/workerd.ts";
import { type Answer, ask, PUBLISHABLE_KEY, settings, workers } from "../../testing/gateway/stack.ts";
import { type NodeOrigin, startNodeOrigin } from "../../testing/origins/node-origin.ts";
import { until } from "../../testing/patience.ts";

let origin: NodeOrigin;
let gateway: Gateway;

beforeAll(async () => {
  origin = await startNodeOrigin();
  gateway = await startGateway({ entry: workers.patient, env: settings(origin.url), onLog: () => {} });
});

afterAll(async () => {
  await gateway?.stop();
  await origin?.stop();
});

beforeEach(() => origin.reset());

const SINGLE = "application/vnd.pgrst.object+json";
const ROWS = '[{"id":1}]';
const JSON_TYPE = "application/json; charset=utf-8";
const NO_ROW = '{"code":"PGRST116","details":"The result contains 0 rows","hint":null,"message":"…"}';

let target = 0;
beforeEach(() => {
  target += 1;
});

const read = (accept = "application/json"): Promise<Answer> =>
  ask(`${gateway.url}/rest/v1/articles?id=eq.${target}`, {
    headers: { apikey: PUBLISHABLE_KEY, accept },
  });

type Answering = (response: ServerResponse) => void;

function answering(status: number, headers: Record<string, string>, body: string | Buffer): Answering {
  return (response) => response.writeHead(status, headers).end(body);
}

/** The origin answers like this once, and afterwards as PostgREST does. */
function once(glitch: Answering): void {
  let count = 0;
  origin.handle = async (request, response) => {
    await origin.arrive(request);
    if (count++ === 0) glitch(response);
    else answering(200, { "content-type": JSON_TYPE, "content-range": "0-0/*" }, ROWS)(response);
  };
}

const json = (body: string | Buffer, headers: Record<string, string> = {}) =>
  answering(200, { "content-type": JSON_TYPE, ...headers }, body);

describe("I2. an upstream glitch is passed on unchanged, and not kept", () => {
  it.each<[string, Answering, string, string]>([
    ["a page", answering(200, { "content-type": "text/html" }, "<html>"), "unexpected-type", "<html>"],
    [
      "a proxy's complaint",
      answering(200, { "content-type": "text/plain" }, "upstream connect error or disconnect/reset"),
      "unexpected-type",
      "upstream connect error or disconnect/reset",
    ],
    ["no type at all", answering(200, {}, ROWS), "unexpected-type", ROWS],
    [
      "CSV, though JSON was asked for",
      answering(200, { "content-type": "text/csv" }, "id\n1"),
      "unexpected-type",
      "id\n1",
    ],
    [
      "a single object, though rows were asked for",
      answering(200, { "content-type": SINGLE }, "{}"),
      "unexpected-type",
      "{}",
    ],
    ["nothing", json(""), "broken-body", ""],
    ["a part", json('[{"id":1},{"id'), "broken-body", '[{"id":1},{"id'],
    ["text", json("no healthy upstream"), "broken-body", "no healthy upstream"],
    ["an object", json('{"message":"try again"}'), "broken-body", '{"message":"try again"}'],
    ["null", json("null"), "broken-body", "null"],
    ["a byte order mark", json(`\ufeff${ROWS}`), "broken-body", `\ufeff${ROWS}`],
    ["a part of a counted page", answering(206, { "content-type": JSON_TYPE }, "[{"), "broken-body", "[{"],
  ])("%s", async (_, glitch, reason, body) => {
    once(glitch);
    const first = await read();
    expect(first.cacheStatus).toBe(`tidemark; fwd=bypass; detail=${reason}; unproven`);
    expect(first.body.toString()).toBe(body);
    const second = await read();
    expect(second.cacheStatus).toBe("tidemark; fwd=uri-miss; stored; unproven");
    expect(second.json).toEqual([{ id: 1 }]);
    expect((await read()).cacheStatus).toMatch(/; hit/);
  });

  it("invalid UTF-8 that parses all the same", async () => {
    const body = Buffer.from('[{"name":"Z\xfcrich"}]', "latin1");
    once(json(body));
    const first = await read();
    expect(first.cacheStatus).toContain("detail=broken-body");
    expect(first.body.equals(body)).toBe(true);
    expect((await read()).cacheStatus).toMatch(/; stored/);
  });

  it.each<[string, (body: string) => Buffer]>([
    ["zstd", zstdCompressSync],
    ["x-gzip", gzipSync],
    ["gzip, br", (body) => brotliCompressSync(gzipSync(body))],
    ["made-up", Buffer.from],
  ])("an encoding that workerd does not undo: %s", async (encoding, encode) => {
    once(json(encode(ROWS), { "content-encoding": encoding }));
    const first = await read();
    expect(first.cacheStatus).toContain("detail=unknown-encoding");
    expect(first.headers.get("content-encoding")).toBe(encoding);
    // A client that knows the encoding can still undo it.
    if (encoding !== "made-up") expect(first.json).toEqual([{ id: 1 }]);
    expect((await read()).cacheStatus).toMatch(/; stored/);
  });

  it.each<[string, Answering]>([
    ["gzip that is none", json(ROWS, { "content-encoding": "gzip" })],
    ["gzip that is cut off", json(gzipSync(ROWS).subarray(0, 20), { "content-encoding": "gzip" })],
    ["brotli that is cut off", json(brotliCompressSync(ROWS).subarray(0, 8), { "content-encoding": "br" })],
    [
      "less than was declared",
      (response) => {
        response.writeHead(200, { "content-type": JSON_TYPE, "content-length": "100" });
        response.write(ROWS, () => response.destroy());
      },
    ],
    [
      "a chunk without an end",
      (response) => {
        response.writeHead(200, { "content-type": JSON_TYPE });
        response.write(ROWS, () => response.destroy());
      },
    ],
  ])("a body that cannot be read to its end is no answer: %s", async (_, glitch) => {
    once(glitch);
    const first = await read();
    expect(first.status).toBe(502);
    expect(first.json.code).toBe("origin-unreachable");
    expect((await read()).cacheStatus).toMatch(/; stored/);
  });

  it.each<[string, Record<string, string>, string]>([
    [
      "another error",
      { "content-type": JSON_TYPE },
      '{"code":"PGRST107","message":"None of these media types are available"}',
    ],
    ["no error of PostgREST's", { "content-type": JSON_TYPE }, '{"error":"not acceptable"}'],
    ["a page", { "content-type": "text/html" }, "<html>406 Not Acceptable"],
    ["PGRST116 as text", { "content-type": "text/plain" }, NO_ROW],
    ["nothing", { "content-type": JSON_TYPE }, ""],
  ])("a 406 that is %s", async (_, headers, body) => {
    origin.handle = async (request, response) => {
      await origin.arrive(request);
      answering(406, headers, body)(response);
    };
    for (let round = 0; round < 2; round++) {
      const answer = await read(SINGLE);
      expect(answer.status).toBe(406);
      expect(answer.body.toString()).toBe(body);
      expect(answer.cacheStatus).toContain("detail=status-not-cacheable");
    }
    expect(origin.arrived.length).toBe(2);
  });

  it("single objects: a list, or an object of two rows' text, is none", async () => {
    for (const body of ["[]", '{"id":1}{"id":2}']) {
      target += 1;
      origin.handle = (_request, response) => answering(200, { "content-type": SINGLE }, body)(response);
      expect((await read(SINGLE)).cacheStatus).toContain("detail=broken-body");
    }
  });

  it("CSV: of another type, empty, or without PostgREST's Content-Range", async () => {
    const glitches: [Record<string, string>, string, string][] = [
      [{ "content-type": "text/plain", "content-range": "0-0/*" }, "upstream", "unexpected-type"],
      [{ "content-type": "text/csv", "content-range": "0-0/*" }, "", "broken-body"],
      [{ "content-type": "text/csv" }, "upstream", "broken-body"],
    ];
    for (const [headers, body, reason] of glitches) {
      target += 1;
      origin.handle = (_request, response) => answering(200, headers, body)(response);
      expect((await read("text/csv")).cacheStatus).toContain(`detail=${reason}`);
    }
  });

  it("I3. a crowd shares the answer, with one request at a time", async () => {
    let [asking, mostAtOnce] = [0, 0];
    // Who comes after the answer waits for the next one, as half of a crowd may on a busy machine. Then another crowd.
    await until("a crowd shares the answer", async () => {
      target += 1;
      origin.reset();
      const { promise: opened, resolve: open } = Promise.withResolvers<void>();
      origin.handle = async (request, response) => {
        mostAtOnce = Math.max(mostAtOnce, ++asking);
        await origin.arrive(request);
        await opened;
        asking -= 1;
        answering(200, { "content-type": "text/html", "x-powered-by": "a proxy" }, "<html>")(response);
      };
      const crowd = Array.from({ length: 50 }, () => read());
      await expect.poll(() => origin.arrived.length).toBe(1);
      open();
      for (const answer of await Promise.all(crowd)) {
        expect(answer.cacheStatus).toContain("detail=unexpected-type");
        expect(answer.headers.get("x-powered-by")).toBe("a proxy");
        expect(answer.headers.get("content-type")).toBe("text/html");
        expect(answer.headers.get("cache-control")).toBe("no-store");
      }
      return origin.arrived.length < 10;
    });
    expect(mostAtOnce).toBe(1);
  });

  it("a redirect is passed on with its Location, and not kept", async () => {
    origin.handle = (_request, response) =>
      answering(308, { location: "https://elsewhere.example/x" }, "")(response);
    for (let round = 0; round < 2; round++) {
      const answer = await read();
      expect(answer.status).toBe(308);
      expect(answer.headers.get("location")).toBe("https://elsewhere.example/x");
      expect(answer.cacheStatus).toContain("detail=status-not-cacheable");
    }
  });

  it("I8. an answer that varies by a header outside the key goes only to its caller", async () => {
    origin.handle = (_request, response) =>
      json(ROWS, { vary: "Accept, Accept-Language", "content-range": "0-0/*" })(response);
    for (let round = 0; round < 2; round++) {
      expect((await read()).cacheStatus).toBe("tidemark; fwd=bypass; detail=vary-unkeyed");
    }
  });
});

describe("what is understood is kept", () => {
  it.each<[string, string | undefined, Answering]>([
    ["rows", undefined, json(ROWS)],
    ["no rows", undefined, json("[]")],
    ["rows in gzip", undefined, json(gzipSync(ROWS), { "content-encoding": "gzip" })],
    ["rows in brotli", undefined, json(brotliCompressSync(ROWS), { "content-encoding": "br" })],
    ["rows in no encoding", undefined, json(ROWS, { "content-encoding": "identity" })],
    [
      "rows, varying by what is in the key",
      undefined,
      json(ROWS, { vary: "Accept, Prefer, Range, Origin, Accept-Encoding" }),
    ],
    ["a counted page", undefined, answering(206, { "content-type": JSON_TYPE }, ROWS)],
    ["one row", SINGLE, answering(200, { "content-type": `${SINGLE}; charset=utf-8` }, '{"id":1}')],
    ["no single row", SINGLE, answering(406, { "content-type": JSON_TYPE }, NO_ROW)],
    [
      "rows without nulls",
      "application/vnd.pgrst.array+json;nulls=stripped",
      answering(
        200,
        { "content-type": "application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8" },
        "[]",
      ),
    ],
    [
      "CSV",
      "text/csv",
      answering(200, { "content-type": "text/csv; charset=utf-8", "content-range": "0-0/*" }, "id\n1"),
    ],
    [
      "GeoJSON",
      "application/geo+json",
      answering(
        200,
        { "content-type": "application/geo+json; charset=utf-8" },
        '{"type":"FeatureCollection","features":[]}',
      ),
    ],
  ])("%s", async (_, accept, handle) => {
    origin.handle = (_request, response) => handle(response);
    expect((await read(accept)).cacheStatus).toMatch(/; stored/);
    expect((await read(accept)).cacheStatus).toMatch(/; hit/);
  });
});
