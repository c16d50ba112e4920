import { describe, expect, it } from "vitest";
import { networksOf } from "./client-networks.ts";

const V4 = "203.0.113.7. 203.0.113. 203.0.";
const V6 = "2001:db8:1:2: 2001:db8:1: 2001:db8:";

describe("the networks of a client", () => {
  const cases: Record<string, string> = {
    "203.0.113.7": V4,
    "::ffff:203.0.113.7": V4,
    "::FFFF:cb00:7107": V4,
    "2001:db8:1:2::": V6,
    "2001:db8:1:2:3:4:5:6": V6,
    "2001:0DB8:0001:0002:ffff:ffff:ffff:ffff": V6,
    "2001:db8:1:2::192.0.2.1": V6,
    "::1": "0:0:0:0: 0:0:0: 0:0:",
    "2a06:98c0:3600::103": "workers",
    "2A06:98C0:3600:0:0:0:0:103": "workers",
    "2a06:98c0:3601::103": "2a06:98c0:3601:0: 2a06:98c0:3601: 2a06:98c0:",
  };
  for (const [address, networks] of Object.entries(cases)) {
    it(`I11. of ${address}`, () => expect(networksOf(address)).toBe(networks));
  }

  const strange = [
    "",
    "unknown",
    "203.0.113",
    "203.0.113.7.1",
    "203.0.113.256",
    " 203.0.113.7",
    "203.0.113.7, 198.51.100.1",
    "0x7f.0.0.1",
    "2001:db8",
    "2001:db8::1::2",
    "2001:db8:1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8::",
    ":::",
    ":2001:db8::1",
    "2001:db8::1:",
    "fe80::1%eth0",
    "[2001:db8::1]",
    "203.0.113.7::1",
    "2001:db8::12345",
    "2001:db8::192.0.2.1:1",
    "1".repeat(10_000),
  ];
  for (const address of [null, ...strange]) {
    const name = address === null ? "no address" : JSON.stringify(address.slice(0, 40));
    it(`I11. of ${name} are those of all clients that cannot be told apart`, () => {
      expect(networksOf(address)).toBe("unknown");
    });
  }
});
