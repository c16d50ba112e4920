import { describe, expect, it } from "vitest";
import { networksOf } from "../../gateway/classify/client-networks.ts";
import { NETWORKS_COUNTED, NetworkBudgets } from "./network-budget.ts";

const PER_MINUTE = 600;

/** Budgets with a single purse. */
const budgetOf = (perMinute: number, debt = 0) => new NetworkBudgets({ keys: { perMinute, debt } });

/** What these addresses get in this many seconds if they ask without pause. */
function taken(addresses: readonly (string | null)[], seconds: number): number {
  const budget = budgetOf(PER_MINUTE);
  let taken = 0;
  for (let second = 0; second < seconds; second++) {
    for (const address of addresses) {
      const client = networksOf(address);
      for (let n = 0; n < PER_MINUTE && budget.take("keys", client, second * 1_000); n++) taken++;
    }
  }
  return taken;
}

const range = (count: number) => Array.from({ length: count }, (_, n) => n);

describe("a budget by network", () => {
  it("I11. gives 64 addresses of one IPv6 /64 what it gives one address", () => {
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
    "everybody without an address": [range(100).map((n) => (n % 2 ? null : `no address ${n}`)), 4],
    "everybody behind the address of Workers": [range(8).map((n) => `2a06:98c0:3600::${n}`), 4],
  };
  for (const [name, [addresses, factor]] of Object.entries(owners)) {
    it(`I11. gives ${name} at most ${factor} times as much as one client`, () => {
      expect(taken(addresses, 1)).toBe(factor * PER_MINUTE);
    });
  }

  it("I11. charges no network when one of them has nothing left", () => {
    const budget = budgetOf(2);
    const [a, b, c, d, e] = range(5).map((n) => networksOf(`203.0.113.${n}`)) as [string, string, string, string, string]; // biome-ignore format: one line
    for (const client of [a, a, b, b, c, c, d, d]) expect(budget.take("keys", client, 0)).toBe(true);
    expect(budget.take("keys", e, 0)).toBe(false);
    // The /24 gains eight a minute: a refusal costs the client nothing.
    const again = range(3).map(() => budget.take("keys", e, 15_000));
    expect(again).toEqual([true, true, false]);
  });

  const debts: Record<string, [number, number]> = {
    "none, however much is spent": [0, 1],
    "a minute's worth": [1, 61],
  };
  for (const [name, [debt, seconds]] of Object.entries(debts)) {
    it(`I11. remembers a debt of ${name}`, () => {
      const budget = budgetOf(60, debt);
      for (let n = 0; n < 500; n++) budget.spend("keys", "somebody", 0);
      expect(budget.has("keys", "somebody", seconds * 1_000 - 1)).toBe(false);
      expect(budget.has("keys", "somebody", seconds * 1_000)).toBe(true);
    });
  }

  it("I11. gives back what was spent, and never more", () => {
    const budget = budgetOf(60);
    for (let n = 0; n < 60; n++) budget.spend("keys", "somebody", 0);
    for (let n = 0; n < 5; n++) budget.giveBack("keys", "somebody", 0);
    expect(budget.left("keys", "somebody", 0)).toBe(5);
    for (let n = 0; n < 500; n++) budget.giveBack("keys", "somebody", 0);
    expect(budget.left("keys", "somebody", 0)).toBe(60);
  });

  it("I11. counts each purse on its own", () => {
    const budget = new NetworkBudgets({ a: { perMinute: 3, debt: 0 }, b: { perMinute: 5, debt: 0 } });
    for (let n = 0; n < 9; n++) budget.spend("a", "somebody", 0);
    expect([budget.left("a", "somebody", 0), budget.left("b", "somebody", 0)]).toEqual([0, 5]);
    expect(budget.left("a", "somebody", 20_000)).toBeCloseTo(1);
  });

  it("I11. keeps a record only for networks that have spent, and a capped number for each width", () => {
    const budget = budgetOf(1_000_000_000);
    for (let n = 0; n < 3 * NETWORKS_COUNTED; n++) {
      const client = networksOf(`2001:${(n >> 12).toString(16)}:${(n & 0xfff).toString(16)}:1::1`);
      budget.has("keys", client, 0);
      budget.giveBack("keys", client, 0);
      if (n === 100) expect(budget.size).toBe(0);
    }
    expect(budget.size).toBe(0);
    for (let n = 0; n < 3 * NETWORKS_COUNTED; n++)
      budget.spend("keys", networksOf(`${1 + (n >> 8)}.${n & 0xff}.1.1`), 0);
    expect(budget.size).toBe(3 * NETWORKS_COUNTED);
  });
});
