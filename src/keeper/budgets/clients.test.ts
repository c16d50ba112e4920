import { describe, expect, it } from "vitest";
import { Clients } from "./clients.ts";

const CLIENT = "203.0.113.1. 203.0.113. 203.0.";
const OTHER = "198.51.100.1. 198.51.100. 198.51.";

const range = (count: number) => Array.from({ length: count }, (_, n) => n);

describe("what a client has spent of one thing", () => {
  it("I11. on strict reads leaves its new keys alone", () => {
    const clients = new Clients(600);
    const accepted = range(120).filter((second) => {
      for (let fill = 0; fill < 2; fill++) clients.flewAfterPull(CLIENT, second * 1_000);
      return clients.mayRegister(CLIENT, second * 1_000);
    });
    expect(accepted).toHaveLength(120);
    expect(clients.mayPull(CLIENT, 120_000)).toBe(false);
  });

  it("I11. on answers that may not be shared takes its new keys, as each costs the origin two requests", () => {
    const clients = new Clients(600);
    const accepted = range(100).filter((n) => {
      const isAccepted = clients.mayRegister(CLIENT, n);
      if (isAccepted) clients.landed(CLIENT, { kind: "direct" }, { begin: n, now: n });
      return isAccepted;
    });
    expect(accepted).toHaveLength(60);
    expect(clients.mayRegister(OTHER, 100)).toBe(true);
    expect(clients.mayPull(CLIENT, 100)).toBe(true);
  });
});

describe("failures", () => {
  const failed = { kind: "failed", reason: "timeout" } as const;
  const direct = { kind: "direct", reason: "set-cookie" } as const;

  /** How many origin requests the client may have at once after this many failures. */
  function flights(clients: Clients, now: number): number {
    return range(100).filter((flying) => clients.mayFly(CLIENT, flying, now)).length;
  }

  it("I9. are charged to no client while no other owner is answered", () => {
    const clients = new Clients(600);
    clients.landed(OTHER, direct, { begin: 0, now: 5 });
    clients.landed(CLIENT, direct, { begin: 0, now: 6 });
    for (const n of range(200)) {
      clients.landed(CLIENT, failed, { begin: 10 + n, now: 9_010 + n });
      clients.landed(OTHER, failed, { begin: 10 + n, now: 9_010 + n });
    }
    expect(flights(clients, 10_000)).toBe(100);
  });

  it("I11. are charged while another owner is answered, even if several fail", () => {
    const clients = new Clients(600);
    for (const n of range(40)) {
      clients.landed(OTHER, direct, { begin: n, now: n + 1 });
      for (const client of [CLIENT, "192.0.2.1. 192.0.2. 192.0."])
        clients.landed(client, failed, { begin: n, now: n + 2 });
    }
    expect(flights(clients, 50)).toBe(1);
  });

  it("I11. are not forgiven by the answers to the client's own reads, but for one each", () => {
    const clients = new Clients(600);
    for (const n of range(40)) {
      clients.landed(OTHER, direct, { begin: n, now: n + 1 });
      clients.landed(CLIENT, failed, { begin: n, now: n + 2 });
    }
    for (let n = 0; n < 5; n++) clients.landed(CLIENT, direct, { begin: 50, now: 50 });
    expect(flights(clients, 50)).toBe(5);
  });
});
