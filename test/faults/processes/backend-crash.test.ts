import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { captureSql } from "../../../src/capture/capture-sql.ts";
import { Puller } from "../../../src/capture/testing/puller.ts";
import { startPostgres } from "../../../testing/postgres.ts";
import { Client } from "./transact.ts";

it("I5. a backend's crash makes transaction numbers reused: the next pull flushes", async () => {
  const postgres = await startPostgres();
  try {
    const { sql } = new Client(postgres);
    await sql`create table items (id int)`;
    await sql.unsafe(captureSql({ tables: [{ relation: "public.items" }], secretHash: [] })).simple();
    const puller = new Puller(new Client(postgres).sql);
    await puller.pull();
    // The transaction has taken its number, but nothing of it is on disk.
    const rolledBack = sql.begin(async (tx) => {
      await tx`insert into items values (1)`;
      throw new Error("rolled back");
    });
    await expect(rolledBack).rejects.toThrow("rolled back");
    await puller.pull();

    const [row] = await sql<[{ pid: number }]>`select pg_backend_pid() as pid`;
    process.kill(row.pid, "SIGKILL");
    while (!(await sql`select 1`.catch(() => null))) await sleep(50);

    await sql`insert into items values (2)`;
    const { changes, flush } = await puller.pull();
    expect(flush !== null || changes.length > 0).toBe(true);
  } finally {
    await postgres.stop();
  }
});
