import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type Postgres, startPostgres } from "../../testing/postgres.ts";
import { type RelayEvent, relay } from "./relay.ts";
import { startGateway, type TestGateway } from "./testing/gateway.ts";

let database: Postgres;
let gateway: TestGateway;
let relays: { stop(): Promise<void> }[] = [];
beforeAll(async () => {
  database = await startPostgres();
});
afterAll(() => database?.stop());
beforeEach(async () => {
  // A process that stands still for ten seconds is no gateway that is silent for so long.
  vi.spyOn(AbortSignal, "timeout").mockImplementation(() => new AbortController().signal);
  gateway = await startGateway();
});
afterEach(async () => {
  await Promise.all(relays.map((each) => each.stop()));
  relays = [];
  vi.restoreAllMocks();
  await gateway[Symbol.asyncDispose]();
});

function startRelay(databaseUrl = database.url) {
  const events: RelayEvent[] = [];
  const stopping = new AbortController();
  const done = relay({
    databaseUrl,
    gateway: gateway.url,
    secret: gateway.secret,
    signal: stopping.signal,
    onEvent: (event) => events.push(event),
    reconnectDelaysMs: [20],
  });
  const stop = () => {
    stopping.abort();
    return done;
  };
  relays.push({ stop });
  const count = (kind: RelayEvent["kind"]) => events.filter((event) => event.kind === kind).length;
  return { events, stop, count };
}

test("it nudges when it has connected, and for each notification", async () => {
  const { count } = startRelay();
  await expect.poll(() => count("nudged")).toBe(1);
  const sql = database.sql({ max: 1 });
  await sql`notify tidemark`;
  await expect.poll(() => count("nudged")).toBe(2);
  // A rolled-back transaction sends no notification, and another channel is not ours.
  await sql`begin; notify tidemark; rollback; notify other`.simple();
  await sql`notify tidemark`;
  await expect.poll(() => count("nudged")).toBe(3);
  expect(gateway.heard).toHaveLength(3);
});

test("a cut connection is restored, and nudges for missed notifications", async () => {
  const { count, events } = startRelay();
  await expect.poll(() => count("nudged")).toBe(1);
  const sql = database.sql({ max: 1 });
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tidemark relay'`;
  await expect.poll(() => count("nudged")).toBe(2);
  expect(events.map(({ kind }) => kind)).toEqual([
    "connected",
    "nudged",
    "reconnecting",
    "connected",
    "nudged",
  ]);
  await sql`notify tidemark`;
  await expect.poll(() => count("nudged")).toBe(3);
});

test("a restarted database is found again", async () => {
  const { count } = startRelay();
  await expect.poll(() => count("nudged")).toBe(1);
  await database.restart();
  await expect.poll(() => count("connected")).toBe(2);
  await database.sql({ max: 1 })`notify tidemark`;
  await expect.poll(() => count("nudged")).toBe(3);
});

test("a database that refuses is retried, and its reason is reported without the password", async () => {
  const { count, events } = startRelay(database.url.replace("/postgres:postgres@", "/nobody:hidden@"));
  await expect.poll(() => count("reconnecting")).toBeGreaterThanOrEqual(2);
  expect(JSON.stringify(events)).toContain("nobody");
  expect(JSON.stringify(events)).not.toContain("hidden");
  expect(count("connected")).toBe(0);
});

test("a proxy that accepts connections only to close them is tried once per wait", async () => {
  let connections = 0;
  await using proxy = await startServer((server) => {
    server.on("connection", (socket) => {
      connections += 1;
      socket.on("error", () => {}).end();
    });
  });
  const { count } = startRelay(proxy.url);
  await expect.poll(() => count("reconnecting")).toBeGreaterThanOrEqual(3);
  expect(connections).toBeLessThanOrEqual(count("reconnecting") + 1);
});

test("stop leaves no session behind, and is reported last", async () => {
  const { stop, count, events } = startRelay();
  await expect.poll(() => count("nudged")).toBe(1);
  await stop();
  expect(events.at(-1)).toEqual({ kind: "stopped" });
  const sql = database.sql({ max: 1 });
  const sessions = async () =>
    (await sql`select from pg_stat_activity where application_name = 'tidemark relay'`).length;
  await expect.poll(sessions).toBe(0);
});

test("stop ends it while it waits for a silent database", async () => {
  let connections = 0;
  await using silent = await startServer((server) => {
    server.on("connection", (socket) => {
      connections += 1;
      socket.on("error", () => {});
    });
  });
  const { stop, events } = startRelay(silent.url);
  await expect.poll(() => connections).toBe(1);
  await stop();
  expect(events).toEqual([{ kind: "stopped" }]);
});

test.each(["mysql://localhost/x", "localhost", "postgres://a,b/x", "postgres://a:x%zz@127.0.0.1/x"])(
  "%s is no database URL",
  async (url) => {
    const options = { gateway: gateway.url, secret: gateway.secret, signal: AbortSignal.abort() };
    await expect(relay({ ...options, databaseUrl: url })).rejects.toMatchObject({ code: "bad-database-url" });
  },
);

async function startServer(prepare: (server: Server) => void): Promise<AsyncDisposable & { url: string }> {
  const server = createServer();
  const sockets = new Set<{ destroy(): void }>();
  server.on("connection", (socket) => sockets.add(socket));
  prepare(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `postgres://user:password@127.0.0.1:${port}/name`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
