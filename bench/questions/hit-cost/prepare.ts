import { SERIAL, type WireRequest } from "../../harness/load/order.ts";
import { bodyOf } from "./bodies.ts";
import { CASE_NAMES, CASES, type CaseName, type Cases } from "./cases.ts";
import type { ClientRequest } from "./client.ts";
import { answerOf, type Seen, until } from "./probe.ts";

/** The expected answers for a repeated key and for a new one. */
const HIT = "tidemark; hit; detail=";
const FILLED = "tidemark; fwd=uri-miss; stored";

/** Set by the server that answers, or different from answer to answer: peers are not seeded with these. */
const NOT_SEEDED = new Set(["connection", "content-length", "date", "keep-alive", "transfer-encoding"]);

type Expected = WireRequest["expected"];

const NOTHING = new Uint8Array();

/**
 * Fills every tier through reads, and makes the peers answer the same bytes with the same headers.
 * Rejects if a tier does not come to hold what it should.
 *
 * @param requests for keys that are requested repeatedly
 * @param newRequests for keys that were never requested before, by serial number
 */
export async function prepare(
  requests: readonly ClientRequest[],
  newRequests: readonly ClientRequest[],
  urlOf: (worker: string) => string,
): Promise<Cases> {
  const cases = Object.fromEntries(CASE_NAMES.map((name) => [name, []])) as unknown as Record<
    CaseName,
    WireRequest[]
  >;
  const url = (name: CaseName) => urlOf(CASES[name].worker);
  const [first] = requests;
  if (first === undefined) throw new Error("no requests to measure");
  const firstBody = expectedBody(first);
  const add = (name: CaseName, request: ClientRequest, headers: Expected["headers"], body: Uint8Array) =>
    cases[name].push({
      head: printed("GET", url(name), request),
      expected: { status: 200, headers, body },
      bodyless: false,
    });

  for (const request of requests) {
    const body = expectedBody(request);
    const memory = await untilHit(url("memory"), request, "memory");
    await untilHit(url("sync"), request, "memory");
    const kv = await untilHit(url("kv"), request, "kv");
    const seed = Object.entries(memory.headers).filter(([name]) => !NOT_SEEDED.has(name));
    const named = (name: string) => Object.fromEntries([...seed, ["cache-status", `${name}; hit; seeded`]]);
    if (request === first) await put(url("constant"), request, firstBody, named("constant"));
    for (const name of ["map", "mapReading"] as const) await put(url(name), request, body, named("bare-map"));
    await put(url("bareKv"), request, body, named("kv-alone"));
    const isHit = ({ headers }: Seen) => headers["x-cache"] === "HIT";
    await until("a hit of the tutorial's", () => answerOf(url("tutorial"), request), isHit);

    const content = [`content-type: ${memory.headers["content-type"]}`, `etag: ${memory.headers.etag}`];
    const remembered = `cache-status: ${memory.headers["cache-status"]}`;
    const verified = remembered.replace("detail=memory", "detail=verified");
    // After a rest longer than the bound, the first hit has waited for a sync.
    const ofMemory = [[remembered, verified], ...content];
    for (const name of ["constant", "constantAlone"] as const)
      add(name, request, ["cache-status: constant; hit; seeded"], firstBody);
    for (const name of ["map", "mapReading"] as const)
      add(name, request, ["cache-status: bare-map; hit; seeded", ...content], body);
    add("bareKv", request, ["cache-status: kv-alone; hit; seeded"], body);
    add("tutorial", request, ["x-cache: HIT"], asJson(body));
    add("memory", request, ofMemory, body);
    add("kv", request, [`cache-status: ${kv.headers["cache-status"]}`, ...content], body);
    const asOfNow = { ...request, headers: { ...request.headers, "cache-control": "no-cache" } };
    for (const name of ["sync", "syncShared"] as const) add(name, asOfNow, [verified, ...content], body);

    const hit = [[remembered, verified], `etag: ${memory.headers.etag}`];
    const validator = { "if-none-match": memory.headers.etag ?? "" };
    cases.notModified.push({
      head: printed("GET", url("notModified"), { ...request, headers: { ...request.headers, ...validator } }),
      expected: { status: 304, headers: hit, body: NOTHING },
      bodyless: true,
    });
    cases.head.push({
      head: printed("HEAD", url("head"), request),
      expected: { status: 200, headers: hit, body: NOTHING },
      bodyless: true,
    });
  }

  for (const request of newRequests) {
    const filled = await answerOf(url("fill"), { ...request, target: request.target.replace(SERIAL, "0") });
    const { "cache-status": status = "", "content-type": type } = filled.headers;
    if (!status.startsWith(FILLED)) throw new Error(`no fill, but ${filled.status} ${status}`);
    add("fill", request, [`cache-status: ${status}`, `content-type: ${type}`], expectedBody(request));
  }
  return cases;
}

/** Repeats a request until its tier answers. */
export function untilHit(url: string, request: ClientRequest, detail: "memory" | "kv"): Promise<Seen> {
  const isHit = ({ headers }: Seen) => headers["cache-status"]?.startsWith(HIT + detail) ?? false;
  return until(`a hit with detail=${detail}`, () => answerOf(url, request), isHit);
}

async function put(
  url: string,
  { target }: ClientRequest,
  body: Uint8Array,
  headers: Record<string, string>,
): Promise<void> {
  const response = await fetch(url + target, {
    method: "PUT",
    headers: { "x-seed-headers": JSON.stringify(headers) },
    body: new Uint8Array(body),
  });
  if (response.status !== 204) throw new Error(`${url} took no seed: status ${response.status}`);
}

/** What the origin answers. @throws Error when it has no answer */
export function expectedBody({ target }: ClientRequest): Uint8Array {
  const body = bodyOf(new URL(target, "http://gateway.invalid").searchParams);
  if (body === undefined) throw new Error(`the origin has no answer to ${target}`);
  return body;
}

/** A body after parsing and printing, for comparison. */
function asJson(body: Uint8Array): Uint8Array {
  return Buffer.from(JSON.stringify(JSON.parse(Buffer.from(body).toString("utf8"))));
}

/** A request as it is sent. */
export function printed(method: string, url: string, { target, headers }: ClientRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\nhost: ${new URL(url).host}\r\n${lines.join("")}\r\n`;
}
