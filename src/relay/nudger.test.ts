import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type NudgeEvent, Nudger } from "./nudger.ts";
import { RelayOptionsError } from "./options.ts";
import { startGateway, type TestGateway } from "./testing/gateway.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway[Symbol.asyncDispose]());

function nudgerWith(changes: { gateway?: string; secret?: string; retryDelaysMs?: readonly number[] } = {}) {
  const events: NudgeEvent[] = [];
  const nudger = new Nudger({
    gateway: gateway.url,
    secret: gateway.secret,
    retryDelaysMs: [1, 1],
    onEvent: (event) => events.push(event),
    ...changes,
  });
  return { nudger, events };
}

test("a nudge is signed as Standard Webhooks has it, and says nothing else", async () => {
  const { nudger, events } = nudgerWith({ gateway: `${gateway.url}/` });
  nudger.nudge();
  await vi.waitUntil(() => events.length > 0);
  expect(events).toEqual([{ kind: "nudged" }]);
  expect(gateway.heard).toEqual([{ type: "tidemark.nudge" }]);
});

test("many nudges during a request become one more", async () => {
  const first = Promise.withResolvers<void>();
  gateway.respond(() => first.promise);
  const { nudger, events } = nudgerWith();
  nudger.nudge();
  await vi.waitUntil(() => gateway.attempts.length === 1);
  for (let count = 0; count < 100; count++) nudger.nudge();
  gateway.respond(202);
  first.resolve();
  await vi.waitUntil(() => events.length === 2);
  await nudger.stop();
  expect(gateway.heard).toHaveLength(2);
  expect(gateway.attempts).toHaveLength(2);
});

test("a failure is retried with the same id, and what succeeds tells what was asked meanwhile", async () => {
  gateway.respond(503);
  const { nudger, events } = nudgerWith({ retryDelaysMs: new Array(100).fill(10) });
  nudger.nudge();
  await vi.waitUntil(() => events.length > 0);
  nudger.nudge();
  // Until an attempt has begun that tells of this one, too: the one under way may have begun before it.
  const begun = gateway.attempts.length;
  await vi.waitUntil(() => gateway.attempts.length > begun + 1);
  gateway.respond(202);
  await vi.waitUntil(() => events.at(-1)?.kind === "nudged");
  await nudger.stop();
  expect(events[0]).toEqual({ kind: "failed", reason: "the gateway answered 503", retryInMs: 10 });
  expect(gateway.heard).toHaveLength(1);
  expect(gateway.attempts.length).toBeGreaterThan(1);
  expect(new Set(gateway.attempts).size).toBe(1);
});

test("after the last retry it is given up, and the next nudge begins anew", async () => {
  gateway.respond(503);
  const { nudger, events } = nudgerWith();
  nudger.nudge();
  await vi.waitUntil(() => events.length === 3);
  expect(events.map((event) => event.kind === "failed" && event.retryInMs)).toEqual([1, 1, null]);
  gateway.respond(202);
  nudger.nudge();
  await vi.waitUntil(() => events.length === 4);
  expect(events[3]).toEqual({ kind: "nudged" });
});

test("what would be answered in the same way again is not retried", async () => {
  const { nudger, events } = nudgerWith({ secret: `whsec_${Buffer.alloc(32, 7).toString("base64")}` });
  nudger.nudge();
  await vi.waitUntil(() => events.length > 0);
  expect(events).toEqual([{ kind: "failed", reason: "the gateway answered 401", retryInMs: null }]);
});

test("a gateway that cannot be reached is a failure with its reason", async () => {
  const { nudger, events } = nudgerWith({ retryDelaysMs: [] });
  await gateway[Symbol.asyncDispose]();
  nudger.nudge();
  await vi.waitUntil(() => events.length > 0);
  expect(events).toEqual([
    { kind: "failed", reason: expect.stringContaining("ECONNREFUSED"), retryInMs: null },
  ]);
});

test("stop ends a request and a wait, and no nudge follows", async () => {
  gateway.respond(() => new Promise(() => {}));
  const { nudger, events } = nudgerWith();
  nudger.nudge();
  await vi.waitUntil(() => gateway.attempts.length === 1);
  await nudger.stop();
  nudger.nudge();
  expect(events).toEqual([]);

  gateway.respond(503);
  const waiting = nudgerWith({ retryDelaysMs: [1_000_000] });
  waiting.nudger.nudge();
  await vi.waitUntil(() => waiting.events.length === 1);
  await waiting.nudger.stop();
  expect(gateway.attempts).toHaveLength(2);
});

test.each([
  ["bad-gateway", { gateway: "cache.example.com" }],
  ["bad-gateway", { gateway: "ftp://cache.example.com" }],
  ["bad-secret", { secret: "not-one" }],
  ["bad-secret", { secret: "whsec_***" }],
  ["bad-secret", { secret: "whsec_" }],
])("options that cannot be used are refused: %s %j", (code, options) => {
  const error = expect.objectContaining({ code, message: expect.not.stringContaining("***") });
  expect(() => nudgerWith(options)).toThrow(RelayOptionsError);
  expect(() => nudgerWith(options)).toThrow(error);
});
