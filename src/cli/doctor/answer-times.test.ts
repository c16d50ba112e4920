import { createServer, type RequestListener } from "node:http";
import { expect, test } from "vitest";
import { listening } from "../../../testing/origins/listening.ts";
import { findings } from "../testing/findings.ts";
import { AnswerTimes, slowAnswerChecks } from "./answer-times.ts";
import { askWholeSchema } from "./ask-schema.ts";
import { refusalCheck } from "./database-checks.ts";

test("an answer for which the keeper would not have waited is a warning, with what to do", () => {
  const took = new Map([["tidemark_schema", 9_399.2] as const, ["tidemark_changes", 8_000.5] as const]);
  expect(findings(slowAnswerChecks(took, 8_000))).toEqual([
    expect.stringMatching(
      /^warning schema: tidemark_schema took 9,400 ms from here, and the keeper gives up after 8,000 ms \(timeouts\.origin\) \| Run doctor again: the first description after a change of the schema/,
    ),
    expect.stringMatching(/^warning pull: tidemark_changes took 8,001 ms .* \| .*raise timeouts\.origin$/),
  ]);
  expect(slowAnswerChecks(took, 10_000)).toEqual([]);
});

test("of several answers to a question the slowest counts, and one that failed counts as well", async () => {
  const times = new AnswerTimes();
  await times.of("tidemark_changes", async () => "a page");
  const first = times.longest.get("tidemark_changes") ?? Number.NaN;
  const failing = times.of("tidemark_changes", () => Promise.reject(new Error("gone")));
  await expect(failing).rejects.toThrow("gone");
  expect(times.longest.get("tidemark_changes")).toBeGreaterThanOrEqual(first);
  expect([...times.longest.keys()]).toEqual(["tidemark_changes"]);
});

const target = {
  ...{ url: "http://db/rest/v1", credentials: {}, secret: "s", exposedSchema: "public", anonRole: "anon" },
  deadlineMs: 30_000,
};

test("a deadline that passes is told as one, and a website as none of ours", () => {
  const checks = [
    refusalCheck({ kind: "silent", reason: "The operation was aborted due to timeout" }, target),
    refusalCheck({ kind: "foreign", reason: "it answered 200, text/html" }, target),
    refusalCheck({ kind: "refused", status: 405, code: "", reason: "<h1>Not allowed</h1>" }, target),
    refusalCheck({ kind: "unreachable", reason: "ECONNREFUSED" }, target),
  ];
  expect(findings(checks)).toEqual([
    expect.stringMatching(
      /^wrong schema: tidemark_schema has not answered within 30 s \| Try again: the first description /,
    ),
    "wrong schema: http://db/rest/v1 is not a PostgREST: it answered 200, text/html | Check that SUPABASE_URL and origin.path lead to PostgREST",
    expect.stringMatching(/answered 405: .* \| Check that SUPABASE_URL and origin\.path lead to PostgREST$/),
    expect.stringMatching(/cannot be reached: ECONNREFUSED \| Check SUPABASE_URL/),
  ]);
});

async function answering(answer: RequestListener, deadlineMs = 30_000) {
  const { port, stop } = await listening(createServer(answer));
  const target = {
    ...{ credentials: {}, secret: "s", exposedSchema: "public", anonRole: "anon" },
    url: `http://127.0.0.1:${port}/rest/v1`,
    deadlineMs,
  };
  try {
    return await askWholeSchema(target, { tables: null, reader: null });
  } finally {
    await stop();
  }
}

test("an answer that never comes is silence, and a page is no PostgREST's", async () => {
  expect(await answering(() => {}, 1)).toMatchObject({ kind: "silent" });
  const page: RequestListener = (_, response) =>
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>");
  expect(await answering(page)).toEqual({ kind: "foreign", reason: "it answered 200, text/html" });
  expect(await answering((_, response) => response.end("{}"))).toMatchObject({ kind: "unreadable" });
});
