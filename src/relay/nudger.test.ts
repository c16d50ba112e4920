import { createServer } from "node:http";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listening } from "../../testing/origins/listening.ts";
import { type NudgeEvent, Nudger } from "./nudger.ts";
import { RelayOptionsError } from "./options.ts";
import { startGateway, type TestGateway } from "./testing/gateway.ts";
import { Milestones } from "./testing/milestones.ts";

let gateway: TestGateway;
beforeEach(async () => {
  // A process that stands still for ten seconds is no gateway that is silent for so long.
  vi.spyOn(AbortSignal, "timeout").mockImplementation(() => new AbortController().signal);
  gateway = await startGateway();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await gateway[Symbol.asyncDispose]();
});

/** No test depends on timing: each waits for an event, and the gateway answers when the test says so. */
function nudgerWith(changes: { gateway?: string; secret?: string; retryDelaysMs?: readonly number[] } = {}) {
  const events: NudgeEvent[] = [];
  const told = new Milestones();
  const nudger = new Nudger({
    gateway: gateway.url,
    secret: gateway.secret,
    retryDelaysMs: [1, 1],
    onEvent: (event) => told.reached(events.push(event)),
    ...changes,
  });
  /** Resolves after this many events. */
  return { nudger, events, told: (count: number) => told.of(count) };
}

test("a nudge is signed as Standard Webhooks prescribes, and says nothing else", async () => {
  const { nudger, events, told } = nudgerWith({ gateway: `${gateway.url}/` });
  nudger.nudge();
  await told(1);
  expect(events).toEqual([{ kind: "nudged" }]);
  expect(gateway.heard).toEqual([{ type: "tidemark.nudge" }]);
});

test("many nudges during a request become one more", async () => {
  const first = Promise.withResolvers<number>();
  gateway.respond(() => first.promise);
  const { nudger, told } = nudgerWith();
  nudger.nudge();
  await gateway.attempted(1);
  for (let count = 0; count < 100; count++) nudger.nudge();
  gateway.respond(202);
  first.resolve(202);
  await told(2);
  await nudger.stop();
  expect(gateway.heard).toHaveLength(2);
  expect(gateway.attempts).toHaveLength(2);
});

test("a failure is retried with the same id, and the retry covers requests made meanwhile", async () => {
  const first = Promise.withResolvers<number>();
  gateway.respond(() => first.promise);
  const { nudger, events, told } = nudgerWith({ retryDelaysMs: [10] });
  nudger.nudge();
  await gateway.attempted(1);
  // During an attempt that began earlier, so that only a later one can cover it.
  nudger.nudge();
  gateway.respond(202);
  first.resolve(503);
  await told(2);
  await nudger.stop();
  expect(events).toEqual([
    { kind: "failed", reason: "the gateway answered 503", retryInMs: 10 },
    { kind: "nudged" },
  ]);
  expect(gateway.heard).toHaveLength(1);
  expect(gateway.attempts).toHaveLength(2);
  expect(new Set(gateway.attempts).size).toBe(1);
});

test("a request during a successful attempt becomes one more nudge, with an id of its own", async () => {
  const first = Promise.withResolvers<number>();
  gateway.respond(() => first.promise);
  const { nudger, told } = nudgerWith();
  nudger.nudge();
  await gateway.attempted(1);
  nudger.nudge();
  gateway.respond(202);
  first.resolve(202);
  await told(2);
  await nudger.stop();
  expect(gateway.heard).toHaveLength(2);
  expect(new Set(gateway.attempts).size).toBe(2);
});

test("after the last retry it is dropped, and the next nudge starts from the beginning", async () => {
  gateway.respond(503);
  const { nudger, events, told } = nudgerWith();
  nudger.nudge();
  await told(3);
  expect(events.map((event) => event.kind === "failed" && event.retryInMs)).toEqual([1, 1, null]);
  gateway.respond(202);
  nudger.nudge();
  await told(4);
  expect(events[3]).toEqual({ kind: "nudged" });
});

test("an answer that would not change is not retried", async () => {
  const { nudger, events, told } = nudgerWith({ secret: `whsec_${Buffer.alloc(32, 7).toString("base64")}` });
  nudger.nudge();
  await told(1);
  expect(events).toEqual([{ kind: "failed", reason: "the gateway answered 401", retryInMs: null }]);
});

test("the gateway's own refusal is told whole, with what to do, and anything else in its first words", async () => {
  const detail = `Set one of at least 16 bytes, ${"as tidemark sql makes it, ".repeat(10)}with: wrangler secret put`;
  const refusal = JSON.stringify({ type: "/x".repeat(100), title: "The secret is too short", detail });
  for (const [body, said] of [
    [refusal, `The secret is too short: ${detail}`],
    [`<h1>\n  Forbidden ${"x".repeat(1_000)}`, `<h1> Forbidden ${"x".repeat(185)}`],
  ] as const) {
    const { url, stop } = await listening(createServer((_, response) => response.writeHead(403).end(body)));
    const { nudger, events, told } = nudgerWith({ gateway: url });
    nudger.nudge();
    await told(1);
    expect(events).toEqual([{ kind: "failed", reason: `the gateway answered 403 ${said}`, retryInMs: null }]);
    await stop();
  }
});

test("a gateway that cannot be reached is a failure with its reason", async () => {
  const { nudger, events, told } = nudgerWith({ retryDelaysMs: [] });
  await gateway[Symbol.asyncDispose]();
  nudger.nudge();
  await told(1);
  expect(events).toEqual([
    { kind: "failed", reason: expect.stringContaining("ECONNREFUSED"), retryInMs: null },
  ]);
});

test("stop ends a request and a wait, and no nudge follows", async () => {
  gateway.respond(() => new Promise(() => {}));
  const { nudger, events } = nudgerWith();
  nudger.nudge();
  await gateway.attempted(1);
  await nudger.stop();
  nudger.nudge();
  expect(events).toEqual([]);

  gateway.respond(503);
  const waiting = nudgerWith({ retryDelaysMs: [1_000_000] });
  waiting.nudger.nudge();
  await waiting.told(1);
  await waiting.nudger.stop();
  expect(gateway.attempts).toHaveLength(2);
});

test.each([
  ["bad-gateway", { gateway: "cache.example.com" }],
  ["bad-gateway", { gateway: "ftp://cache.example.com" }],
  ["bad-secret", { secret: "not-one" }],
  ["bad-secret", { secret: "whsec_***" }],
  ["bad-secret", { secret: "whsec_" }],
  ["secret-too-short", { secret: `whsec_${btoa("15 bytes long..")}` }],
])("options that cannot be used are refused: %s %j", (code, options) => {
  const error = expect.objectContaining({ code, message: expect.not.stringContaining("***") });
  expect(() => nudgerWith(options)).toThrow(RelayOptionsError);
  expect(() => nudgerWith(options)).toThrow(error);
});
