import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { PUBLISHABLE_KEY, type Stack, startStack, workers } from "../../testing/gateway/stack.ts";
import { type Signal, type SignalServer, startSignalServer } from "../../testing/origins/signal-server.ts";
import { PATIENCE_MS, until } from "../../testing/patience.ts";

let stack: Stack;
let signals: SignalServer;

beforeAll(async () => {
  [stack, signals] = await Promise.all([startStack({ entry: workers.cancellable }), startSignalServer()]);
});

afterAll(async () => {
  await stack?.stop();
  await signals?.stop();
});

afterEach(() => faults({ keeper: null }));

const article = (id: number) => `/rest/v1/articles?select=id,views&id=eq.${id}`;

const strictly = { "cache-control": "no-cache" };

async function faults(body: object): Promise<void> {
  await fetch(`${stack.gateway.url}/__test/faults`, { method: "POST", body: JSON.stringify(body) });
}

/** A read that a Worker makes as through a service binding, and cancels when the signal fires. */
async function cancelledRead(target: string, until: Signal, headers = {}): Promise<string> {
  const response = await fetch(`${stack.gateway.url}/__test/cancelled`, {
    method: "POST",
    body: JSON.stringify({ target, headers: { apikey: PUBLISHABLE_KEY, ...headers }, until: until.url }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  return response.text();
}

describe("I10. a request that is cancelled", () => {
  it("in the middle of a fill: those who wait for the same key get their answers", async () => {
    const hold = stack.origin.hold("id=eq.1");
    const cancel = signals.signal();
    const cancelled = cancelledRead(article(1), cancel);
    await hold.arrived;
    const followers = Array.from({ length: 20 }, () => stack.read(article(1)));
    await cancel.awaited;
    cancel.fire();
    expect(await cancelled).toMatch(/^cancelled: /);
    const later = Array.from({ length: 20 }, () => stack.read(article(1)));
    hold.release();
    const answers = await Promise.all([...followers, ...later]);
    expect(answers.map(({ status }) => status)).toEqual(Array(40).fill(200));
    expect((await stack.read(article(1))).cacheStatus).toMatch(/^tidemark; hit/);
  });

  it("alone in the middle of a fill: the key heals for the next reader", async () => {
    const hold = stack.origin.hold("id=eq.2");
    const cancel = signals.signal();
    const cancelled = cancelledRead(article(2), cancel);
    await hold.arrived;
    await cancel.awaited;
    cancel.fire();
    expect(await cancelled).toMatch(/^cancelled: /);
    hold.release();
    expect((await stack.read(article(2))).status).toBe(200);
    await until("it is a hit again", async () => /; hit/.test((await stack.read(article(2))).cacheStatus));
  });

  it("in the middle of a sync: those who wait for the same sync get their answers", async () => {
    await stack.read(article(3));
    const gate = signals.signal();
    await faults({ keeper: gate.url });
    const cancel = signals.signal();
    // A strict read must sync: the keeper holds that.
    const cancelled = cancelledRead(article(3), cancel, strictly);
    await gate.awaited;
    const others = Array.from({ length: 20 }, (_, n) =>
      stack.read(article(3 + (n % 5)), { headers: strictly }),
    );
    await cancel.awaited;
    cancel.fire();
    expect(await cancelled).toMatch(/^cancelled: /);
    gate.fire();
    expect((await Promise.all(others)).map(({ status }) => status)).toEqual(Array(20).fill(200));
    await faults({ keeper: null });
    await until("it is a hit again", async () => /; hit/.test((await stack.read(article(3))).cacheStatus));
  });

  it("fifty of them at once, for one key: others answer, and it heals", async () => {
    const hold = stack.origin.hold("id=eq.22");
    const cancel = signals.signal();
    const cancelled = Array.from({ length: 50 }, () => cancelledRead(article(22), cancel));
    await hold.arrived;
    const others = Array.from({ length: 20 }, () => stack.read(article(22)));
    cancel.fire();
    await Promise.all(cancelled);
    hold.release();
    expect((await Promise.all(others)).map(({ status }) => status)).toEqual(Array(20).fill(200));
    await until("it is a hit again", async () => /; hit/.test((await stack.read(article(22))).cacheStatus));
    expect(hold.count).toBeLessThanOrEqual(3);
  });

  it("a client that hangs up in mid-answer harms no other", async () => {
    const hold = stack.origin.hold("id=eq.21");
    const controller = new AbortController();
    const hungUp = stack.read(article(21), { signal: controller.signal }).catch((error: Error) => error.name);
    await hold.arrived;
    controller.abort();
    expect(await hungUp).toBe("AbortError");
    const other = stack.read(article(21));
    hold.release();
    expect((await other).status).toBe(200);
    await until("it is a hit again", async () => /; hit/.test((await stack.read(article(21))).cacheStatus));
  });
});
