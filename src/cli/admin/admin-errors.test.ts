import { createServer, type RequestListener } from "node:http";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { adminCalls } from "../../../test/admin/admin-calls.ts";
import { ADMIN_SECRET } from "../../../testing/gateway/stack.ts";
import { listening } from "../../../testing/origins/listening.ts";
import { VERSION } from "../../runtime/version.ts";
import { folderWith, runToEnd } from "../testing/command.ts";
import { unanswered } from "./admin-client.ts";

const empty = folderWith({});
afterAll(() => empty[Symbol.dispose]());
const calls = adminCalls();

const COMMANDS = [
  ["stats"],
  ["top"],
  ["entries"],
  ["explain", "/rest/v1/a"],
  ["purge", "--all"],
  ["warm", "/rest/v1/a"],
  ["mode"],
  ["cost"],
];
const secret = { TIDEMARK_ADMIN_SECRET: ADMIN_SECRET };

/** What stands at an address instead of a gateway. */
async function serverThat(answers: RequestListener): Promise<string> {
  const { url, stop } = await listening(createServer(answers));
  onTestFinished(stop);
  return url;
}

async function refusalOf(args: readonly string[], env: Record<string, string>) {
  const { stdout, stderr, exitCode } = await runToEnd(args, empty.path, env);
  expect(stdout).toBe("");
  expect(stderr.split("\n")).toHaveLength(3);
  return { stderr, exitCode };
}

test("without a secret they are called wrongly", async () => {
  const { stderr, exitCode } = await refusalOf(["stats", "--gateway", calls.gateway.url], {});
  expect(stderr).toContain("TIDEMARK_ADMIN_SECRET is not set");
  expect(exitCode).toBe(2);
});

test.each(COMMANDS)("%s with a wrong secret is refused, and does not repeat it", async (...args) => {
  const env = { TIDEMARK_ADMIN_SECRET: "not the admin's secret" };
  const { stderr, exitCode } = await refusalOf([...args, "--gateway", calls.gateway.url], env);
  expect(stderr).toContain(`${calls.gateway.url} refuses TIDEMARK_ADMIN_SECRET`);
  expect(stderr).not.toContain("not the admin's");
  expect(exitCode).toBe(4);
});

test("a secret in an argument is refused: whoever lists processes could see it", async () => {
  const { stderr, exitCode } = await refusalOf(["stats", "--secret", "a".repeat(20)], secret);
  expect(stderr).toContain("there is no --secret");
  expect(exitCode).toBe(2);
});

test("a secret that no header may hold is not repeated either", async () => {
  const env = { TIDEMARK_ADMIN_SECRET: "line\nbreak and something" };
  const { stderr, exitCode } = await refusalOf(["stats", "--gateway", calls.gateway.url], env);
  expect(stderr).not.toContain("break");
  expect(exitCode).toBe(2);
});

test("no gateway at the address", async () => {
  const url = await serverThat((_request, response) => response.destroy());
  const { stderr, exitCode } = await refusalOf(["stats", "--gateway", url], secret);
  expect(stderr).toContain(`${url} cannot be reached`);
  expect(stderr).toContain("tidemark dev");
  expect(exitCode).toBe(3);
});

test.each([
  [200, "text/html", "<html>"],
  [404, "application/json", '{"message":"no Route matched"}'],
])("something else at the address: %d %s", async (status, type, body) => {
  const url = await serverThat((_request, response) =>
    response.writeHead(status, { "content-type": type }).end(body),
  );
  const { stderr, exitCode } = await refusalOf(["stats", "--gateway", url], secret);
  expect(stderr).toContain(`something other than a gateway answers at ${url}: ${status}, ${type}`);
  expect(exitCode).toBe(3);
});

test("a secret that would cross a network unencrypted is warned of", async () => {
  const { stderr } = await runToEnd(["stats", "--gateway", "http://nobody.invalid:9"], empty.path, secret);
  expect(stderr).toMatch(/^tidemark: TIDEMARK_ADMIN_SECRET goes to http:\/\/nobody\.invalid:9 unencrypted/);
  const local = await runToEnd(["stats", "--gateway", "http://localhost:9"], empty.path, secret);
  expect(local.stderr).not.toContain("unencrypted");
});

test("a redirect is not followed with the secret", async () => {
  const carried: (string | undefined)[] = [];
  const elsewhere = await serverThat((request, response) => {
    carried.push(request.headers.authorization);
    response.end("{}");
  });
  const url = await serverThat((_request, response) =>
    response.writeHead(302, { location: elsewhere }).end(),
  );
  expect(await refusalOf(["stats", "--gateway", url], secret)).toMatchObject({ exitCode: 3 });
  expect(carried).toEqual([]);
});

test.each([
  ["stats", { hits: 1 }],
  ["mode", {}],
])("%s of a gateway of another version names both", async (command, answer) => {
  const url = await serverThat((request, response) => {
    const body = request.url === "/_tidemark/health" ? { version: "0.0.7" } : answer;
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  const { stderr, exitCode } = await refusalOf([command, "--gateway", url], secret);
  expect(stderr).toContain("the gateway is of another version, 0.0.7");
  expect(stderr).toContain(VERSION);
  expect(exitCode).toBe(3);
});

test("an endpoint that the gateway does not have is another version, too", async () => {
  const url = await serverThat((request, response) => {
    const isHealth = request.url === "/_tidemark/health";
    const problem = { code: "no-such-path", title: "Nothing is served at this path", detail: "" };
    response.writeHead(isHealth ? 200 : 404).end(JSON.stringify(isHealth ? { version: "0.0.7" } : problem));
  });
  const { stderr, exitCode } = await refusalOf(["warm", "/rest/v1/a", "--gateway", url], secret);
  expect(stderr).toContain("another version, 0.0.7: it has no /_tidemark/warm");
  expect(exitCode).toBe(3);
});

test.each([
  [["stats", "--gateway", "a.example"], "the gateway's address is not an HTTP URL"],
  [["stats", "--every", "0", "--watch"], "--every must be from 1 to 3600 seconds"],
  [["entries", "--limit", "0"], "--limit must be from 1 to 1000"],
  [["entries", "a", "b"], '"b" is not expected here'],
  [["explain", "articles"], '"articles" is neither a path nor a URL'],
  [["explain", "/rest/v1/a", "--token-env", "NOBODYS"], "the environment has no NOBODYS"],
  [["explain", "/rest/v1/a", "--change", "none.json"], "there is no file none.json"],
  [["warm"], "name at least one query"],
  [["warm", "--file", "none.txt"], "none.txt cannot be read: ENOENT"],
  [["top", "--by", "luck"], "Invalid value"],
])("%j is called wrongly", async (args, message) => {
  const { stderr, exitCode } = await refusalOf(args, secret);
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
});

test("a deadline that passed is not called an address that cannot be reached", () => {
  const timeout = new DOMException("The operation was aborted due to timeout", "TimeoutError");
  expect(unanswered("https://cache.example.com", timeout, 60_000)).toMatchObject({
    ...{ message: "https://cache.example.com has not answered within 60 s", exitCode: 3 },
    hint: expect.stringContaining("slow"),
  });
});
