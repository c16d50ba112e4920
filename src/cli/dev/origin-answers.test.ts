import { createServer, type RequestListener } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { listening } from "../../../testing/origins/listening.ts";
import { resolveConfig } from "../../gateway/config/resolve-config.ts";
import { CommandError } from "../command/command-error.ts";
import { assertOriginAnswers, assertTablesAnswer } from "./origin-answers.ts";

/** The address of an API, for one test. */
async function apiThat(answers: RequestListener): Promise<string> {
  const { url, stop } = await listening(createServer(answers));
  onTestFinished(stop);
  return url;
}

/** An API that answers with this status, and what it was asked. */
async function api(status: number) {
  const asked: (string | undefined)[] = [];
  const origin = await apiThat(({ method, url, headers }, response) => {
    asked.push(`${method} ${url} ${headers.apikey ?? "-"} ${headers.authorization ?? "-"}`);
    response.writeHead(status).end();
  });
  return { origin, asked };
}

test.each([
  ["apikey+bearer", "/rest/v1", "HEAD /rest/v1/ key -"],
  ["apikey", "", "HEAD / key -"],
  ["bearer", "", "HEAD / - Bearer key"],
  ["none", "", "HEAD / - -"],
] as const)("asks as a reader would whose key is shown as %s", async (shownAs, restPath, request) => {
  const { origin, asked } = await api(200);
  const keys = { publishable: "key", legacyAnon: null, shownAs };
  expect(await assertOriginAnswers({ origin, restPath, keys })).toBeUndefined();
  expect(asked).toEqual([request]);
});

const keys = { publishable: "key", legacyAnon: null, shownAs: "apikey" } as const;

test("a refusal is an answer: a project may hide its root", async () => {
  const { origin } = await api(401);
  expect(await assertOriginAnswers({ origin, restPath: "", keys })).toBeUndefined();
});

test("a project that is paused is odd, and still there", async () => {
  const { origin } = await api(540);
  expect(await assertOriginAnswers({ origin, restPath: "", keys })).toBe(
    `${origin} answers 540: is the project paused?`,
  );
});

test("nothing at the address is an error that names it", async () => {
  const asked = assertOriginAnswers({ origin: "http://127.0.0.1:9", restPath: "", keys });
  await expect(asked).rejects.toThrow(CommandError);
  await expect(asked).rejects.toThrow(/^SUPABASE_URL does not answer: http:\/\/127\.0\.0\.1:9: /);
});

async function tables(origin: string, names: readonly string[], publishable = "key") {
  const config = resolveConfig(
    { schemas: ["public", "archive"], tables: Object.fromEntries(names.map((name) => [name, true])) },
    { SUPABASE_URL: origin, SUPABASE_PUBLISHABLE_KEY: publishable },
  );
  return assertTablesAnswer(config);
}

/** An API of one table, `articles`, which takes one key. */
function tableApi(): Promise<string> {
  return apiThat(({ url, headers }, response) => {
    if (headers.apikey !== "key") response.writeHead(401).end('{ "message": "Invalid API key" }');
    else if (url === "/rest/v1/secrets?limit=0") response.writeHead(401).end('{ "code": "42501" }');
    else if (url === "/rest/v1/articles?limit=0") response.end("[]");
    else response.writeHead(404).end('{ "code": "PGRST205" }');
  });
}

test("tables that the API does not know are named, and those that it hides are not", async () => {
  const odd = await tables(await tableApi(), ["articles", "articels", "archive.articels", "secrets"]);
  expect(odd).toEqual([
    expect.stringMatching(/^articels is not in the database's API/),
    expect.stringMatching(/^archive\.articels is not in the database's API/),
  ]);
});

test("a key that is not taken is an error: no read could succeed", async () => {
  const asked = tables(await tableApi(), ["articles"], "another");
  await expect(asked).rejects.toThrow(/does not take SUPABASE_PUBLISHABLE_KEY$/);
  await expect(asked).rejects.toThrow(CommandError);
});

test("a website that has a page for every path is said to be no PostgREST", async () => {
  const origin = await apiThat((_, response) => response.end("<!doctype html>"));
  expect(await tables(origin, ["articles"])).toEqual([
    expect.stringMatching(/does not answer as PostgREST does: check SUPABASE_URL/),
  ]);
});
