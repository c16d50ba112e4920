import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cacheStatus } from "../../gateway/http/cache-status.ts";
import {
  BYPASS_REASONS,
  type BypassReason,
  type HitDetail,
  type RequestOutcome,
} from "../../gateway/http/outcome.ts";
import { PROBLEMS, type ProblemCode, problem } from "../../gateway/http/problem.ts";
import { labelOf } from "./cache-status.ts";

const hits: readonly HitDetail[] = [
  "memory",
  "verified",
  "colo",
  "kv",
  "keeper",
  "revalidating",
  "stale-while-revalidate",
  "stale-if-error",
];
const outcomes: readonly RequestOutcome[] = [
  ...hits.map((detail) => ({ kind: "hit", detail }) as const),
  ...([true, false] as const).flatMap((collapsed) =>
    (["uri-miss", "stale"] as const).map((forward) => ({ kind: "miss", forward, collapsed }) as const),
  ),
  ...(Object.keys(BYPASS_REASONS) as BypassReason[]).map((reason) => ({ kind: "bypass", reason }) as const),
  { kind: "method" },
  { kind: "error", reason: "unreachable" },
  { kind: "error", reason: "timeout" },
];

// Grammar of RFC 9651: names, texts and their parameters, of other caches.
const token = fc
  .stringMatching(/^[A-Za-z*][\w!#$%&'*+.^`|~:/-]{0,12}$/)
  .filter((name) => name !== "tidemark");
const mention = fc.constantFrom("tidemark", "tidemark; hit", ", tidemark; hit; detail=memory, ", "a,b;c");
const text = fc
  .oneof(fc.stringMatching(/^[ -~]{0,20}$/), mention)
  .map((content) => `"${content.replaceAll(/["\\]/g, "\\$&")}"`);
const value = fc.oneof(
  token,
  text,
  fc.integer().map(String),
  fc.constantFrom("?1", "?0", ":aGk=:", "tidemark"),
);
const parameter = fc
  .tuple(fc.constantFrom("hit", "fwd", "detail", "tidemark", "stored", "x"), fc.option(value))
  .map(([name, given]) => (given === null ? `; ${name}` : `; ${name}=${given}`));
const stranger = fc
  .tuple(fc.oneof(token, text), fc.array(parameter, { maxLength: 4 }))
  .map(([name, parameters]) => name + parameters.join(""));
const strangers = fc.array(stranger, { maxLength: 4 });

describe("the gateway's label", () => {
  it.each(outcomes.flatMap((outcome) => [true, false].map((proven) => cacheStatus(outcome, proven))))(
    "is parsed: %s",
    (field) => {
      const label = labelOf(field);
      const written = field.split("; ").slice(1);
      expect([...(label ?? [])].map(([name, given]) => (given === "" ? name : `${name}=${given}`))).toEqual(
        written,
      );
    },
  );

  it.each(Object.keys(PROBLEMS) as ProblemCode[])("is on the problem %s", (code) => {
    expect(labelOf(problem(code, "").headers.get("cache-status"))?.get("detail")).toBe(code);
  });

  it("is found among those of any other caches, and never where it is not", () => {
    fc.assert(
      fc.property(strangers, strangers, (before, after) => {
        expect(labelOf([...before, ...after].join(", ") || null)).toBeUndefined();
        const label = labelOf([...before, "tidemark; hit; detail=kv", ...after].join(", "));
        expect([...(label ?? [])]).toEqual([
          ["hit", ""],
          ["detail", "kv"],
        ]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is the last member: the origin's own come before it", () => {
    const label = labelOf("tidemark; hit; detail=memory, tidemark; fwd=bypass; detail=cookie");
    expect([...(label ?? [])]).toEqual([
      ["fwd", "bypass"],
      ["detail", "cookie"],
    ]);
    expect(labelOf("tidemark; hit=?0; stored=?1")?.has("hit")).toBe(false);
  });

  it.each([null, "", " ", ",", ", ,", "tidemark; =", 'tidemark; detail="', '"tidemark', "tidemark;;hit"])(
    "is not in %j",
    (field) => {
      expect(labelOf(field)).toBeUndefined();
    },
  );

  it("is found in steps proportional to the field's length, whatever it contains", () => {
    for (const part of ['"', ",", ";", "tidemark; ", '"\\', "; a=", '; a="x"']) {
      expect(labelOf(`x${part.repeat(16_384)}`)).toBeUndefined();
    }
  });
});
