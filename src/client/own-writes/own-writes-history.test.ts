import fc from "fast-check";
import { expect, it } from "vitest";
import { tidemark } from "../client.ts";

const GATEWAY = "https://gateway.example";
const PROJECT = "https://abc.supabase.co";
const READ = `${PROJECT}/rest/v1/articles`;

/** A request takes three steps: it is sent, something happens at the other end, its answer arrives. */
type Step = { readonly do: "write" | "read" | "cache" } | { readonly do: "go"; readonly which: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constantFrom("write" as const, "read" as const, "cache" as const) }),
    fc.record({ do: fc.constant("go" as const), which: fc.nat(2) }),
    fc.record({ do: fc.constant("go" as const), which: fc.nat(2) }),
  ),
  { minLength: 10, maxLength: 40, size: "max" },
);

/**
 * The database is one number, the count of writes. The gateway's cache shows any older number unless it is asked for a
 * younger one. On the network every request waits twice for its turn.
 */
class World {
  readonly #waiting: (() => void)[] = [];
  #written = 0;
  #cached = 0;
  /** The highest number that an answered write has made. */
  #acknowledged = 0;
  readonly #fetch = tidemark({
    gateway: GATEWAY,
    project: PROJECT,
    fetch: (input, init) => this.#network(input, init),
  });
  readonly #proven: boolean;

  constructor(proven: boolean) {
    this.#proven = proven;
  }

  async run(step: Step): Promise<void> {
    switch (step.do) {
      case "write":
        return this.#write();
      case "read":
        return this.#read();
      case "cache":
        this.#cached = this.#written;
        return;
      case "go":
        this.#waiting.splice(step.which % Math.max(1, this.#waiting.length), 1)[0]?.();
    }
  }

  async finish(): Promise<void> {
    while (this.#waiting.length > 0) {
      this.#waiting.shift()?.();
      await settled();
    }
  }

  async #write(): Promise<void> {
    const response = await this.#fetch(READ, { method: "POST" });
    this.#acknowledged = Math.max(this.#acknowledged, Number(await response.text()));
  }

  async #read(): Promise<void> {
    const owed = this.#acknowledged;
    const shown = Number(await (await this.#fetch(READ)).text());
    expect(shown).toBeGreaterThanOrEqual(owed);
  }

  async #network(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    await this.#turn();
    const response = String(input).startsWith(GATEWAY)
      ? this.#gateway(new Headers(init?.headers))
      : new Response(String(init?.method === "POST" ? ++this.#written : this.#written));
    await this.#turn();
    return response;
  }

  #gateway(headers: Headers): Response {
    const strict = headers.get("cache-control") === "no-cache";
    const status = `tidemark; hit; detail=memory${this.#proven ? "" : "; unproven"}`;
    // With webhooks a strict read, too, shows only what has arrived.
    if (!this.#proven) return new Response(String(this.#cached), { headers: { "cache-status": status } });
    if (!strict) {
      const shown = Math.max(this.#cached, Number(headers.get("tidemark-token") ?? 0));
      return new Response(String(shown), { headers: { "cache-status": status } });
    }
    const token = String(this.#written);
    return new Response(token, { headers: { "cache-status": status, "tidemark-token": token } });
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** Resolves once everything that needs no network has happened. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

async function check(history: readonly Step[], proven: boolean): Promise<void> {
  const world = new World(proven);
  const running: Promise<void>[] = [];
  for (const step of history) {
    running.push(world.run(step));
    await settled();
  }
  await Promise.all([world.finish(), ...running]);
}

it("I6. with capture, no order of writes, reads and their answers hides an acknowledged write", async () => {
  await fc.assert(
    fc.asyncProperty(steps, (history) => check(history, true)),
    { numRuns: 2_000 },
  );
});

it("I6. nor does it with webhooks, as long as these arrive within the bypass", async () => {
  await fc.assert(
    fc.asyncProperty(steps, (history) => check(history, false)),
    { numRuns: 2_000 },
  );
});
