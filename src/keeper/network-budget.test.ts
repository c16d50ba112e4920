import { describe, expect, it } from "vitest";
import { networksOf } from "../gateway/client-networks.ts";
import { NetworkBudget } from "./network-budget.ts";

const PER_MINUTE = 600;

/** What so many addresses get in so many seconds, each asking as often as it likes. */
function taken(addresses: readonly (string | null)[], seconds: number): number {
  const budget = new NetworkBudget(PER_MINUTE);
  let taken = 0;
  for (let second = 0; second < seconds; second++) {
    for (const address of addresses) {
      const client = networksOf(address);
      for (let n = 0; n < PER_MINUTE && budget.take(client, second * 1_000); n++) taken++;
    }
  }
  return taken;
}

const range = (count: number) => Array.from({ length: count }, (_, n) => n);

describe("a budget by network", () => {
  it("11. gives 64 addresses of one IPv6 /64 what it gives one address", () => {
    const one = taken(["2001:db8:1:2::1"], 98);
    expect(one).toBe(PER_MINUTE + Math.floor((97 * PER_MINUTE) / 60));
    expect(taken(range(64).map((n) => `2001:db8:1:2::${n.toString(16)}`), 98)).toBe(one); // biome-ignore format: one line
  });

  const owners: Record<string, [readonly (string | null)[], number]> = {
    "1,000 networks of one IPv6 /48": [range(1_000).map((n) => `2001:db8:1:${n.toString(16)}::1`), 4],
    "20,000 networks of one IPv6 /48": [range(20_000).map((n) => `2001:db8:1:${n.toString(16)}::1`), 4],
    "1,000 /48 of one IPv6 /32": [range(1_000).map((n) => `2001:db8:${n.toString(16)}::1`), 16],
    "all addresses of one IPv4 /24": [range(256).map((n) => `203.0.113.${n}`), 4],
    "256 /24 of one IPv4 /16": [range(256).map((n) => `203.0.${n}.1`), 16],
    "everybody without an address": [range(100).map((n) => (n % 2 ? null : `no address ${n}`)), 1],
  };
  for (const [name, [addresses, factor]] of Object.entries(owners)) {
    it(`11. gives ${name} at most ${factor} times as much as one client`, () => {
      expect(taken(addresses, 1)).toBe(factor * PER_MINUTE);
    });
  }

  it("11. takes from no network when one of them has nothing left", () => {
    const budget = new NetworkBudget(2);
    const [a, b, c, d, e] = range(5).map((n) => networksOf(`203.0.113.${n}`)) as [string, string, string, string, string]; // biome-ignore format: one line
    for (const client of [a, a, b, b, c, c, d, d]) expect(budget.take(client, 0)).toBe(true);
    expect(budget.take(e, 0)).toBe(false);
    // The /24 gains eight a minute: what was refused has cost its client nothing.
    expect([budget.take(e, 15_000), budget.take(e, 15_000), budget.take(e, 15_000)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it("11. remembers a debt until it is paid off", () => {
    const budget = new NetworkBudget(60);
    for (let n = 0; n < 90; n++) budget.spend("somebody", 0);
    expect(budget.has("somebody", 30_000)).toBe(false);
    expect(budget.has("somebody", 31_000)).toBe(true);
  });
});
