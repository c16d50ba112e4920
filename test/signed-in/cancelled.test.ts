import { afterAll, beforeAll, expect, it } from "vitest";
import { ADA } from "../../demo/readers.ts";
import { type Stack, startStack, workers } from "../../testing/gateway/stack.ts";
import { type SignalServer, startSignalServer } from "../../testing/origins/signal-server.ts";
import { until } from "../../testing/patience.ts";
import { article, bearing, IN_AN_HOUR, signed, signIn } from "./people.ts";

let stack: Stack;
let signals: SignalServer;

beforeAll(async () => {
  const pulled = { entry: workers.faulty, changes: "pulled" } as const;
  [stack, signals] = await Promise.all([startStack(pulled), startSignalServer()]);
});

afterAll(async () => {
  await stack?.stop();
  await signals?.stop();
});

async function test(path: string, body: object): Promise<string> {
  const init = { method: "POST", body: JSON.stringify(body) };
  return (await fetch(`${stack.gateway.url}/__test/${path}`, init)).text();
}

it("I10. strangers who hang up while the keeper is asked about their tokens leave room for others' questions", async () => {
  const ada = await signIn(stack, ADA);
  await ada.readUntilHit(article(1));
  const gate = signals.signal();
  await test("faults", { keeper: gate.url });
  const stranger = (n: number) => signed({ role: "authenticated", sub: ADA.id, exp: IN_AN_HOUR, n });
  const hangingUp = Array.from({ length: 80 }, (_, n) => {
    const cancel = signals.signal();
    const call = { target: article(1), headers: bearing(stranger(n)).headers, until: cancel.url };
    return { cancel, ended: test("cancelled", call) };
  });
  await gate.awaited;
  await Promise.all(hangingUp.map(({ cancel }) => cancel.awaited));
  for (const { cancel } of hangingUp) cancel.fire();
  await Promise.all(hangingUp.map(({ ended }) => ended));
  await test("faults", { keeper: null });
  gate.fire();
  // Each is another query, which the isolate has to ask about.
  let next = 2;
  const seen: string[] = [];
  await until(
    () => `a new query of Ada's is not token-unknown: ${[...new Set(seen)].join(" | ")}`,
    async () => {
      const { cacheStatus } = await ada.read(`${article(2)}&limit=${next++}`);
      seen.push(cacheStatus);
      return !/token-unknown|keeper-failed|breaker-open/.test(cacheStatus);
    },
  );
  expect(seen.at(-1)).toMatch(/stored|hit/);
});
