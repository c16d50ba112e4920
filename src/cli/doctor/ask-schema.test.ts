import { createServer, type RequestListener } from "node:http";
import { expect, test } from "vitest";
import { listening } from "../../../testing/origins/listening.ts";
import { askWholeSchema } from "./ask-schema.ts";

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
