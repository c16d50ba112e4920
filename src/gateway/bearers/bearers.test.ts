import { beforeEach, describe, expect, it } from "vitest";
import type { AudienceAnswer } from "../../keeper/protocol/audience.ts";
import type { CacheableRead } from "../../keeper/protocol/entry.ts";
import { readOf } from "../../keeper/testing/fixtures.ts";
import { VirtualClock } from "../../runtime/virtual-clock.ts";
import { Bearers } from "./bearers.ts";

const MINUTE = 60_000;
const END = 1_900_000_000_000;
const [OWN, ALL] = [readOf("/own signed-in"), readOf("/all signed-in")];

let clock: VirtualClock;
let wall: number;
let bearers: Bearers;

beforeEach(() => {
  clock = new VirtualClock();
  wall = END - 10 * MINUTE;
  bearers = new Bearers(clock, () => wall);
});

type Said = Exclude<AudienceAnswer, { kind: "refused" }>;

function known(audience: string, more: Partial<Extract<Said, { kind: "known" }>> = {}): Said {
  const needs = audience.includes("#") ? '[["sub"]]' : "[]";
  return {
    ...{ kind: "known", generation: "g1", audience, needs, expiresAt: END },
    ...{ forMs: 5 * MINUTE, dueInMs: 3.75 * MINUTE, ...more },
  };
}

const learn = (read: CacheableRead, digest: string, answer: Said, judgedBy: string | null = "g1") =>
  bearers.learn(read, digest, answer, clock.now(), judgedBy);

/** The end of the key that a read gets, or why it gets none. */
function nameOf(read: CacheableRead, digest: string, judgedBy: string | null = "g1"): string {
  const named = bearers.name(read, digest, judgedBy);
  if (named === null) return "unknown";
  return named.kind === "read" ? named.read.key.slice(read.key.length + 1) : named.reason;
}

describe("what an isolate knows of a bearer", () => {
  it("S11. is whose answer a read leads to, once the keeper has said it of a read with the same needs", () => {
    expect(nameOf(OWN, "ada")).toBe("unknown");
    learn(OWN, "ada", known("authenticated#a"));
    expect(nameOf(OWN, "ada")).toBe("authenticated#a");
    expect(nameOf(ALL, "ada")).toBe("unknown");
    learn(ALL, "boris", known("authenticated"));
    // The needs of the read are known now, but not what they make of Ada.
    expect(nameOf(ALL, "ada")).toBe("unknown");
    learn(readOf("/another signed-in"), "ada", known("authenticated"));
    expect(nameOf(ALL, "ada")).toBe("authenticated");
  });

  it("S7. is said of one role: another one may need to be known by other claims", () => {
    learn(ALL, "ada", known("authenticated"));
    learn(OWN, "boris", known("editor", { needs: "[]" }));
    expect(nameOf(ALL, "boris")).toBe("unknown");
  });

  it("S2. ends with the token, whatever else is remembered", () => {
    learn(ALL, "ada", known("authenticated", { forMs: 60 * MINUTE }));
    wall = END - 1;
    expect(nameOf(ALL, "ada")).toBe("authenticated");
    wall = END;
    expect(nameOf(ALL, "ada")).toBe("token-expired");
  });

  it("S3. ends when the database's word is due, and a later word on another name does not prolong it", async () => {
    learn(OWN, "ada", known("authenticated#a", { forMs: MINUTE }));
    learn(ALL, "ada", known("authenticated"));
    await clock.advance(MINUTE - 1);
    expect(nameOf(OWN, "ada")).toBe("authenticated#a");
    await clock.advance(1);
    expect(nameOf(OWN, "ada")).toBe("unknown");
    expect(nameOf(ALL, "ada")).toBe("authenticated");
  });

  it("S3. is to be asked for again from when the keeper says, once a word, and a new word prolongs it", async () => {
    const isDue = () => {
      const named = bearers.name(OWN, "ada", "g1");
      return named === null ? "unknown" : named.kind === "read" && named.isDue;
    };
    learn(OWN, "ada", known("authenticated#a"));
    await clock.advance(3.75 * MINUTE - 1);
    expect(isDue()).toBe(false);
    await clock.advance(1);
    expect([isDue(), isDue()]).toEqual([true, false]);
    learn(OWN, "ada", known("authenticated#a", { forMs: 1.25 * MINUTE, dueInMs: 0 }));
    expect(isDue()).toBe(false);
    learn(OWN, "ada", known("authenticated#a"));
    await clock.advance(3.75 * MINUTE);
    expect([isDue(), isDue()]).toEqual([true, false]);
    await clock.advance(1.25 * MINUTE);
    expect(isDue()).toBe("unknown");
  });

  it("S6. has another name when the keeper has another key for its digests", () => {
    learn(OWN, "ada", known("authenticated#a"));
    nameOf(OWN, "ada");
    learn(OWN, "ada", known("authenticated#b"));
    expect(nameOf(OWN, "ada")).toBe("authenticated#b");
  });

  it("S1. is forgotten with another role", () => {
    learn(OWN, "ada", known("authenticated#a"));
    learn(ALL, "ada", known("editor"));
    expect(nameOf(OWN, "ada")).toBe("unknown");
  });

  it("S7. holds for one generation", () => {
    learn(ALL, "ada", known("authenticated"));
    expect(nameOf(ALL, "ada", "g2")).toBe("unknown");
    learn(ALL, "ada", known("authenticated"), "g2");
    learn(OWN, "boris", known("authenticated#b", { generation: "g3" }), "g2");
    expect(nameOf(ALL, "ada", "g2")).toBe("unknown");
  });

  it("S7. is not what was said before a later generation, however late it arrives", async () => {
    learn(ALL, "boris", known("authenticated"));
    const askedAt = clock.now();
    await clock.advance(100);
    learn(ALL, "ada", known("authenticated", { generation: "g2" }), "g2");
    bearers.learn(OWN, "boris", known("authenticated#b"), askedAt, "g2");
    expect(nameOf(OWN, "boris", "g2")).toBe("unknown");
    expect(bearers.name(ALL, "ada", "g2")).toMatchObject({ kind: "read", generation: "g2" });
    bearers.learn(ALL, "ada", { kind: "none", reason: "role-not-cached", forMs: MINUTE }, askedAt, "g2");
    expect(nameOf(ALL, "ada", "g2")).toBe("authenticated");
    bearers.learn(OWN, "ada", known("authenticated#a", { generation: "g2" }), askedAt, "g2");
    expect(nameOf(OWN, "ada", "g2")).toBe("authenticated#a");
  });

  it("S7. holds although the isolate's fence is still an earlier one's", () => {
    learn(ALL, "ada", known("authenticated", { generation: "g2" }), "g1");
    expect(bearers.name(ALL, "ada", "g1")).toMatchObject({ kind: "read", generation: "g2" });
    expect(nameOf(ALL, "ada", "g2")).toBe("authenticated");
    expect(nameOf(ALL, "ada", "g3")).toBe("unknown");
  });
});

describe("why a bearer's read is not cached", () => {
  it("S4. is remembered for as long as the keeper says, of the bearer or of the read", async () => {
    learn(OWN, "ada", { kind: "none", reason: "reads-request", forMs: MINUTE });
    expect([nameOf(OWN, "ada"), nameOf(ALL, "ada"), nameOf(OWN, "boris")]).toEqual([
      "reads-request",
      "unknown",
      "unknown",
    ]);
    learn(OWN, "ada", { kind: "none", reason: "role-not-cached", forMs: MINUTE });
    expect(nameOf(ALL, "ada")).toBe("role-not-cached");
    await clock.advance(MINUTE);
    expect([nameOf(OWN, "ada"), nameOf(ALL, "ada")]).toEqual(["unknown", "unknown"]);
  });

  it("S1. takes back what was known, if it is about the bearer", () => {
    learn(ALL, "ada", known("authenticated"));
    learn(OWN, "ada", { kind: "none", reason: "audience-unknown", forMs: MINUTE });
    expect([nameOf(ALL, "ada"), nameOf(OWN, "ada")]).toEqual(["authenticated", "audience-unknown"]);
    learn(OWN, "ada", { kind: "none", reason: "token-unknown", forMs: 0 });
    expect(nameOf(ALL, "ada")).toBe("unknown");
  });
});

describe("I11. what is remembered is bounded", () => {
  it("and strangers with tokens that nobody knows push nothing out of it", () => {
    learn(ALL, "ada", { kind: "none", reason: "role-not-cached", forMs: MINUTE });
    for (let n = 0; n < 10_000; n++)
      learn(ALL, `stranger ${n}`, { kind: "none", reason: "token-unknown", forMs: 0 });
    expect(nameOf(ALL, "ada")).toBe("role-not-cached");
  });

  it("however many bearers come, with however many queries", () => {
    const long = (n: number) => readOf(`/${n}${"x".repeat(6_000)} signed-in`);
    for (let n = 0; n < 2_000; n++) {
      learn(long(n), `digest ${n}`, known("authenticated"));
      nameOf(long(n), `digest ${n}`);
    }
    for (let n = 0; n < 2_000; n++) {
      learn(long(n), "ada", known("authenticated"));
      nameOf(long(n), "ada");
    }
    const names = Array.from({ length: 2_000 }, (_, n) => nameOf(long(n), `digest ${n}`));
    expect(names.filter((name) => name === "authenticated").length).toBeLessThan(1_000);
    expect(nameOf(long(1_999), "ada")).toBe("authenticated");
  });
});
