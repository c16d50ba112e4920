import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { tidemark } from "../client.ts";

const GATEWAY = "https://gateway.example";
const SUPABASE = "https://abc.supabase.co";
const READ = `${SUPABASE}/rest/v1/articles`;

let asked: number;
let gateway: () => Response | Promise<Response>;

const network = (async (input: RequestInfo | URL) => {
  if (!String(input).startsWith(GATEWAY)) return new Response("[]");
  asked += 1;
  return gateway();
}) as typeof fetch;

const client = () => tidemark({ gateway: GATEWAY, project: SUPABASE, fetch: network });
const gone = () => new Response("error code: 1042", { status: 404 });
const well = () => new Response("[]", { headers: { "cache-status": "tidemark; hit" } });

/** Reads once a second for this long; returns when, in seconds, the gateway was asked. */
async function askedWhile(read: typeof fetch, seconds: number): Promise<number[]> {
  const at: number[] = [];
  for (let second = 0; second < seconds; second++) {
    asked = 0;
    await read(READ);
    if (asked > 0) at.push(second);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  return at;
}

beforeEach(() => {
  vi.useFakeTimers();
  asked = 0;
  gateway = gone;
});

afterEach(() => {
  vi.useRealTimers();
});

it("a gateway that is gone for good is asked less and less often: 16 times in the first hour of 3,600 reads", async () => {
  const at = await askedWhile(client(), 3_600);
  expect(at.slice(0, 7)).toEqual([0, 10, 30, 70, 150, 310, 610]);
  expect(at).toHaveLength(16);
});

it("one answer of its own makes it healthy again, however long it was gone", async () => {
  const read = client();
  await askedWhile(read, 1_000);
  gateway = well;
  const [first = Number.NaN, ...others] = await askedWhile(read, 400);
  expect(first).toBeLessThanOrEqual(300);
  expect(others).toHaveLength(399 - first);
  gateway = gone;
  expect(await askedWhile(read, 31)).toEqual([0, 10, 30]);
});

it("concurrent failures count as one, and a late one does not count towards a new outage", async () => {
  const read = client();
  const late = Promise.withResolvers<Response>();
  gateway = () => late.promise;
  const slow = read(READ);
  gateway = gone;
  await Promise.all(Array.from({ length: 50 }, () => read(READ)));
  expect(await askedWhile(read, 3)).toEqual([]);
  late.resolve(gone());
  await slow;
  expect(await askedWhile(read, 8)).toEqual([7]);
});

it("is asked again ten seconds after Supabase was down, however long that was", async () => {
  const read = client();
  gateway = () =>
    new Response("{}", {
      status: 504,
      headers: {
        "content-type": "application/problem+json",
        "cache-status": "tidemark; detail=origin-timeout",
      },
    });
  expect(await askedWhile(read, 360)).toHaveLength(36);
  gateway = well;
  const [first = Number.NaN] = await askedWhile(read, 30);
  expect(first).toBeLessThanOrEqual(10);
});
