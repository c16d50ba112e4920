import "./no-telemetry.ts";
import { AsyncLocalStorage } from "node:async_hooks";
import type { Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { type ChangeListener, Database, type Project, type ProjectOptions } from "./database.ts";
import { liteApp } from "./lite-app.ts";
import { lookIntoAll } from "./look-once.ts";
import { openPostgrestProject } from "./postgrest/project.ts";
import { USERS_SQL } from "./readers.ts";
import { RequestCounter } from "./request-counter.ts";

export interface SupabaseOptions {
  /** Default: 0, which takes any free port. */
  port?: number;
  /** The database's folder. Without one, it lives in memory. */
  dataDir?: string;
  /** Milliseconds to delay each answer after the database was read. */
  latency?: number;
  publishableKey?: string;
  secretKey?: string;
  /** Gets each request first. If it returns a Response, that is the answer. */
  onRequest?: (request: Request) => Response | undefined | Promise<Response | undefined>;
  /** Gets each answer before it is sent, and how long it took, in milliseconds. */
  onAnswer?: (request: Request, response: Response, milliseconds: number) => void;
}

export interface Supabase {
  url: string;
  port: number;
  publishableKey: string;
  secretKey: string;
  /** Runs SQL as superuser, past policies and API. `onChange` gets its changes like any others. */
  db: Pick<Database, "query" | "exec">;
  requests: RequestCounter;
  setLatency(milliseconds: number): void;
  /** Cuts open and new connections without an answer while down. */
  setDown(down: boolean): void;
  onChange(listener: ChangeListener): void;
  /** Calls the listener after each transaction that capture has recorded something of. */
  onNudge(listener: () => void): void;
  stop(): Promise<void>;
}

/**
 * Starts Supabase in this process: PostgREST's and GoTrue's API (`@supabase/lite`) over PGlite, with the demo's data.
 * With `POSTGREST_BIN` in the environment, that PostgREST answers, over a PostgreSQL whose data ends with this process.
 *
 * @throws the server's `EADDRINUSE` when the port is taken; PostgrestError when the binary cannot be used
 */
export async function startSupabase(options: SupabaseOptions = {}): Promise<Supabase> {
  const {
    publishableKey = "sb_publishable_demo",
    secretKey = "sb_secret_demo",
    onRequest,
    onAnswer,
  } = options;
  let latency = options.latency ?? 0;
  let down = false;
  const requests = new RequestCounter();
  let api: (request: Request) => Promise<Response> = async () => new Response(null, { status: 503 });

  const server = createAdaptorServer({
    // Else every Request and Response of this process would be the adapter's.
    overrideGlobalObjects: false,
    fetch: async (request, bindings) => {
      const counted = requests.begin(request.method, (bindings as HttpBindings).incoming.url ?? "/");
      try {
        const begun = performance.now();
        const answer = (await onRequest?.(request)) ?? (await api(request));
        if (latency > 0) await sleep(latency, undefined, { signal: request.signal }).catch(() => {});
        onAnswer?.(request, answer, Math.round(performance.now() - begun));
        return answer;
      } finally {
        counted.end();
      }
    },
  }) as Server;
  // Longer than this process ever stands still, as PGlite makes it on a busy machine. After Node's five seconds it would close
  // connections in which a request has just arrived.
  server.keepAliveTimeout = 600_000;
  server.on("connection", (socket) => {
    if (down) socket.destroy();
  });
  const port = await listen(server, options.port ?? 0); // first, so that a taken port fails at once
  const binary = process.env.POSTGREST_BIN;
  const keys = { publishableKey, secretKey };
  const project = await (binary
    ? openPostgrestProject(binary, keys)
    : openProject(options.dataDir, keys)
  ).catch((error) => {
    server.close();
    throw error;
  });
  api = project.answer;

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    publishableKey,
    secretKey,
    db: project,
    requests,
    setLatency(milliseconds) {
      latency = milliseconds;
    },
    setDown(value) {
      down = value;
      if (down) server.closeAllConnections();
    },
    onChange: (listener) => project.onChange(listener),
    onNudge: (listener) => project.onNudge(listener),
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await project.close();
    },
  };
}

async function openProject(dataDir: string | undefined, keys: ProjectOptions): Promise<Project> {
  const database = await Database.open(dataDir);
  const { prepare, answer } = liteApp({
    connection: database.connection,
    api: { schemas: ["public", "archive"], aggregates_enabled: true },
    ...keys,
  });
  const { publishableKey } = keys;
  const headers = { apikey: publishableKey, authorization: `Bearer ${publishableKey}` };
  // With its first answer the API grants all tables to its roles anew. For capture that is a change of the schema, of which
  // whoever reads would hear in the midst of its own first reads.
  const grant = () =>
    answer(new Request("http://supabase.invalid/rest/v1/authors?select=id&limit=1", { headers }));
  if (database.isFromSnapshot) {
    await database.exclusive(() => database.granting(grant));
  } else {
    await database.exclusive(() =>
      database.granting(async () => {
        await prepare();
        await grant();
      }),
    );
    await database.exec(USERS_SQL);
    await lookIntoAll((sql) => database.query(sql));
    await database.keep();
  }
  return {
    answer: (request) => database.exclusive(() => quietly.run(true, () => answer(request))),
    query: (sql, parameters) => database.query(sql, parameters),
    exec: (sql) => database.exec(sql),
    onChange: (listener) => database.onChange(listener),
    onNudge: (listener) => database.onNudge(listener),
    close: () => database.close(),
  };
}

// @supabase/lite prints a stack trace for each SQL error, which is every 4xx that a caller causes.
const quietly = new AsyncLocalStorage<true>();
const consoleError = console.error;
console.error = (...values: unknown[]) => {
  if (!quietly.getStore()) consoleError(...values);
};

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
