import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Postgres, startPostgres } from "../../../testing/postgres.ts";
import { startGateway, type TestGateway } from "../../relay/testing/gateway.ts";
import { folderWith, type Running, start } from "../testing/command.ts";

const folder = folderWith({});
let database: Postgres;
beforeAll(async () => {
  database = await startPostgres();
});
afterAll(async () => {
  folder[Symbol.dispose]();
  await database?.stop();
});

let gateway: TestGateway;
let relays: Running[] = [];
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(async () => {
  for (const { child } of relays) child.kill("SIGKILL");
  relays = [];
  await gateway[Symbol.asyncDispose]();
});

function startRelay(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const running = start(["relay", ...args], folder.path, { TIDEMARK_NUDGE_SECRET: gateway.secret, ...env });
  relays.push(running);
  return running;
}

test.each(["SIGINT", "SIGTERM"] as const)("%s ends it cleanly; a line an event", async (signal) => {
  const { child, stdout, ended } = startRelay(["--database-url", database.url, "--gateway", gateway.url]);
  await expect.poll(stdout).toContain("nudged");
  const sql = database.sql({ max: 1 });
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tidemark relay'`;
  await expect.poll(() => stdout().match(/nudged/g)?.length).toBe(2);
  child.kill(signal);
  const { stderr, exitCode } = await ended;
  expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  const lines = stdout().trimEnd().split("\n");
  const events = [
    "connected",
    "nudged",
    'reconnecting reason="the connection was closed" inMs=250',
    "connected",
    "nudged",
  ];
  expect(lines.map((line) => line.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /, ""))).toEqual([
    ...events,
    "stopped",
  ]);
});

test("it reads everything from the environment, and prints no secret", async () => {
  const { child, stdout, ended } = startRelay([], {
    DATABASE_URL: database.url.replace("postgres:postgres@", "postgres:wrong-password@"),
    TIDEMARK_GATEWAY_URL: gateway.url,
  });
  await expect.poll(stdout).toMatch(/reconnecting|nudged/);
  child.kill("SIGTERM");
  const { stderr, exitCode } = await ended;
  expect(exitCode).toBe(0);
  expect(stdout() + stderr).not.toContain("wrong-password");
  expect(stdout() + stderr).not.toContain("whsec_");
});

test("an unusable setting is reported at once, without its value", async () => {
  const url = "postgres://user:hidden@";
  const { ended } = startRelay(["--database-url", url, "--gateway", gateway.url]);
  const { stdout, stderr, exitCode } = await ended;
  expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 2 });
  expect(stderr).toContain("database URL");
  expect(stderr).not.toContain("hidden");
});

test("a secret that is none is told with where it comes from", async () => {
  const { ended } = startRelay(["--database-url", database.url, "--gateway", gateway.url], {
    TIDEMARK_NUDGE_SECRET: "whsec_not base64!",
  });
  const { stdout, stderr, exitCode } = await ended;
  expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 2 });
  expect(stderr).toMatch(
    /nudge secret is not whsec_ and base64\n {2}Export TIDEMARK_NUDGE_SECRET as tidemark sql/,
  );
  expect(stderr).not.toContain("not base64!");
});
