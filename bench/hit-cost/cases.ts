import type { WireRequest } from "../load/order.ts";
import { bodyOf } from "./bodies.ts";
import type { ClientRequest } from "./client.ts";
import { answerOf, type Seen, until } from "./probe.ts";

/** What is measured. The order here is that of the tables. */
export const CASES = {
  constant: { title: "constant", worker: "constant" },
  map: { title: "bare Map", worker: "bare-map" },
  bareKv: { title: "bare KV.get", worker: "bare-kv" },
  tutorial: { title: "tutorial", worker: "tutorial" },
  memory: { title: "**memory hit**", worker: "gateway" },
  kv: { title: "**KV hit**", worker: "gateway-without-memory" },
  notModified: { title: "304 from memory", worker: "gateway" },
  head: { title: "HEAD from memory", worker: "gateway" },
} as const satisfies Record<string, { title: string; worker: string }>;

export type CaseName = keyof typeof CASES;
export const CASE_NAMES = Object.keys(CASES) as readonly CaseName[];

/** Workers of the bench, besides the first: name → module. */
export const PEERS = ["gateway-without-memory", "constant", "bare-map", "bare-kv", "tutorial"] as const;

/** The requests of each case, and the answers that they must get. */
export type Cases = Readonly<Record<CaseName, readonly WireRequest[]>>;

export const ADMIN_SECRET = "bench";

const HIT = "tidemark; hit; detail=";

/** Set by whoever answers, or different from answer to answer: not a part of what a peer is seeded with. */
const NOT_SEEDED = new Set(["connection", "content-length", "date", "keep-alive", "transfer-encoding"]);

/**
 * Fills every tier by asking, as readers would, and makes the peers answer the same bytes with the same headers.
 * Rejects when a tier does not come to hold what it should.
 */
export async function prepare(
  requests: readonly ClientRequest[],
  urlOf: (worker: string) => string,
): Promise<Cases> {
  const cases: Record<CaseName, WireRequest[]> = {
    constant: [],
    map: [],
    bareKv: [],
    tutorial: [],
    memory: [],
    kv: [],
    notModified: [],
    head: [],
  };
  const url = (name: CaseName) => urlOf(CASES[name].worker);
  const [first] = requests;
  if (first === undefined) throw new Error("no requests to measure");
  const firstBody = expectedBody(first);

  for (const request of requests) {
    const body = expectedBody(request);
    const memory = await untilHit(url("memory"), request, "memory");
    const kv = await untilHit(url("kv"), request, "kv");
    const seed = Object.entries(memory.headers).filter(([name]) => !NOT_SEEDED.has(name));
    const named = (name: string) => Object.fromEntries([...seed, ["cache-status", `${name}; hit; seeded`]]);
    if (request === first) await put(url("constant"), request, firstBody, named("constant"));
    await put(url("map"), request, body, named("bare-map"));
    await put(url("bareKv"), request, body, named("kv-alone"));
    const isHit = ({ headers }: Seen) => headers["x-cache"] === "HIT";
    await until("a hit of the tutorial's", () => answerOf(url("tutorial"), request), isHit);

    const wire = (name: CaseName, headers: readonly string[], bytes: Uint8Array) =>
      cases[name].push({
        head: printed("GET", url(name), request),
        expected: { status: 200, headers, body: bytes },
        bodyless: false,
      });
    const content = [`content-type: ${memory.headers["content-type"]}`, `etag: ${memory.headers.etag}`];
    wire("constant", ["cache-status: constant; hit; seeded"], firstBody);
    wire("map", ["cache-status: bare-map; hit; seeded", ...content], body);
    wire("bareKv", ["cache-status: kv-alone; hit; seeded"], body);
    wire("tutorial", ["x-cache: HIT"], asJson(body));
    wire("memory", [`cache-status: ${memory.headers["cache-status"]}`, ...content], body);
    wire("kv", [`cache-status: ${kv.headers["cache-status"]}`, ...content], body);

    const hit = [`cache-status: ${memory.headers["cache-status"]}`, `etag: ${memory.headers.etag}`];
    const nothing = new Uint8Array();
    const validator = { "if-none-match": memory.headers.etag ?? "" };
    cases.notModified.push({
      head: printed("GET", url("notModified"), { ...request, headers: { ...request.headers, ...validator } }),
      expected: { status: 304, headers: hit, body: nothing },
      bodyless: true,
    });
    cases.head.push({
      head: printed("HEAD", url("head"), request),
      expected: { status: 200, headers: hit, body: nothing },
      bodyless: true,
    });
  }
  return cases;
}

function untilHit(url: string, request: ClientRequest, detail: "memory" | "kv"): Promise<Seen> {
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

function expectedBody({ target }: ClientRequest): Uint8Array {
  const body = bodyOf(new URL(target, "http://gateway.invalid").searchParams);
  if (body === undefined) throw new Error(`the origin has no answer to ${target}`);
  return body;
}

/** What is left of a body that was parsed and printed again. */
function asJson(body: Uint8Array): Uint8Array {
  return Buffer.from(JSON.stringify(JSON.parse(Buffer.from(body).toString("utf8"))));
}

function printed(method: string, url: string, { target, headers }: ClientRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\nhost: ${new URL(url).host}\r\n${lines.join("")}\r\n`;
}
