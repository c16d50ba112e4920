import { describe, expect, it } from "vitest";
import { Clients } from "./clients.ts";

const CLIENT = "203.0.113.1. 203.0.113. 203.0.";
const OTHER = "198.51.100.1. 198.51.100. 198.51.";

const range = (count: number) => Array.from({ length: count }, (_, n) => n);

describe("what a client has spent of one budget", () => {
  it("I11. on strict reads does not reduce its new keys", () => {
    const clients = new Clients(600);
    const accepted = range(120).filter((second) => {
      for (let fill = 0; fill < 2; fill++) clients.flewAfterPull(CLIENT, second * 1_000);
      return clients.mayRegister(CLIENT, second * 1_000);
    });
    expect(accepted).toHaveLength(120);
    expect(clients.mayPull(CLIENT, 120_000)).toBe(false);
  });

  it("I11. on answers that may not be shared reduces its new keys, as each costs the origin two requests", () => {
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

  /** How many concurrent origin requests the client may have after this many failures. */
  function flights(clients: Clients, now: number): number {
    return range(100).filter((flying) => clients.mayFly(CLIENT, flying, now)).length;
  }

  it("I9. are charged to no client while no other client gets an answer", () => {
    const clients = new Clients(600);
    clients.landed(OTHER, direct, { begin: 0, now: 5 });
    clients.landed(CLIENT, direct, { begin: 0, now: 6 });
    for (const n of range(200)) {
      clients.landed(CLIENT, failed, { begin: 10 + n, now: 9_010 + n });
      clients.landed(OTHER, failed, { begin: 10 + n, now: 9_010 + n });
    }
    expect(flights(clients, 10_000)).toBe(100);
  });

  it("I11. are charged while another client gets an answer, even if several fail", () => {
    const clients = new Clients(600);
    for (const n of range(40)) {
      clients.landed(OTHER, direct, { begin: n, now: n + 1 });
      for (const client of [CLIENT, "192.0.2.1. 192.0.2. 192.0."])
        clients.landed(client, failed, { begin: n, now: n + 2 });
    }
    expect(flights(clients, 50)).toBe(1);
  });

  it("I11. are forgiven only one by one by answers to the client's own reads", () => {
    const clients = new Clients(600);
    for (const n of range(40)) {
      clients.landed(OTHER, direct, { begin: n, now: n + 1 });
      clients.landed(CLIENT, failed, { begin: n, now: n + 2 });
    }
    for (let n = 0; n < 5; n++) clients.landed(CLIENT, direct, { begin: 50, now: 50 });
    expect(flights(clients, 50)).toBe(5);
  });
});
