import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { captureSql } from "../capture-sql.ts";
import { MAX_NUDGES_PER_SECOND } from "../sql/constants.ts";
import { CapturedDatabase, SECRET_HASH } from "../testing/database.ts";

const SIGNING_SECRET = `whsec_${Buffer.from("a secret of more than 24 bytes").toString("base64")}`;
const URL = "https://gateway.example/_tidemark/nudge";

/** Imitates pg_net's function and queue. It sends the body as `body::text`, so this stores that text. */
const PG_NET = `create schema net;
  create table net.queue (id bigserial, url text, headers jsonb, body text);
  create function net.http_post(url text, body jsonb default '{}', params jsonb default '{}',
    headers jsonb default '{}', timeout_milliseconds int default 5000) returns bigint language sql as
    'insert into net.queue (url, headers, body) values (url, headers, body::text) returning id';`;

interface Request {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

let database: CapturedDatabase;
let notified = 0;

beforeAll(async () => {
  database = await CapturedDatabase.create("create table items (id int); create table other (id int)", [
    "items",
    "other",
  ]);
  await database.listen("tidemark", () => {
    notified += 1;
  });
});
beforeEach(async () => {
  await database.exec("alter sequence tidemark.nudge_clock restart");
  notified = 0;
});
afterAll(() => database.close());

const queued = () => database.rows<Request>("select url, headers, body from net.queue order by id");

async function notifiedBy(sql: string): Promise<number> {
  const before = notified;
  await database.exec(sql);
  return notified - before;
}

test("nudges are off unless asked for", async () => {
  expect(await notifiedBy("insert into items values (1)")).toBe(0);
});

test("NOTIFY is sent once a transaction, at its commit", async () => {
  await database.exec("select tidemark.set_nudge('notify')");
  expect(await notifiedBy("insert into items values (1)")).toBe(1);
  expect(await notifiedBy("begin; insert into items values (1); insert into other values (2); commit")).toBe(
    1,
  );
  expect(
    await notifiedBy(
      "begin; savepoint s; insert into items values (1); rollback to s; update items set id = 3; commit",
    ),
  ).toBe(1);
  expect(await notifiedBy("begin; insert into items values (1); rollback")).toBe(0);
  expect(await notifiedBy("create view seen as select * from items; drop view seen")).toBe(1);
});

test("I11. beyond the rate nudges are skipped", async () => {
  const statement = "insert into items values (1);";
  const count = await notifiedBy(
    "begin; commit;".concat(...Array(3 * MAX_NUDGES_PER_SECOND).fill(`begin; ${statement} commit;`)),
  );
  expect(count).toBeGreaterThanOrEqual(MAX_NUDGES_PER_SECOND);
  expect(count).toBeLessThan(3 * MAX_NUDGES_PER_SECOND);
});

test("without pg_net a nudge by HTTP becomes a NOTIFY", async () => {
  await database.exec(
    captureSql({ tables: [], secretHash: SECRET_HASH, nudge: { url: URL, secret: SIGNING_SECRET } }),
  );
  expect(await notifiedBy("insert into items values (1)")).toBe(1);
});

test("with pg_net it is a request signed as Standard Webhooks prescribes", async () => {
  await database.exec(`${PG_NET} truncate net.queue`);
  expect(await notifiedBy("insert into items values (1), (2)")).toBe(0);
  await database.exec("begin; insert into items values (3); update items set id = 4; commit");
  const requests = await queued();
  expect(requests).toHaveLength(2);
  for (const { url, headers, body } of requests) {
    expect(url).toBe(URL);
    expect(new Webhook(SIGNING_SECRET).verify(body, headers)).toEqual({ type: "tidemark.nudge" });
  }
  const [first, second] = requests;
  expect(first?.headers["webhook-id"]).not.toBe(second?.headers["webhook-id"]);
});

test("keys longer than SHA-256's block are hashed first", async () => {
  const long = `whsec_${Buffer.alloc(100, "k").toString("base64")}`;
  await database.exec(`truncate net.queue; select tidemark.set_nudge('http', '${URL}', '${long}')`);
  await database.exec("insert into items values (1)");
  const [{ body, headers } = { body: "", headers: {} }] = await queued();
  expect(new Webhook(long).verify(body, headers)).toEqual({ type: "tidemark.nudge" });
});

test("I9. a failing nudge or a missing pg_net fails no write", async () => {
  await database.exec("drop table net.queue; insert into items values (77)");
  await database.exec("drop schema net cascade; insert into items values (78)");
  await database.exec("drop sequence tidemark.nudge_clock; insert into items values (79)");
  expect(await database.rows("select id from items where id >= 77 order by id")).toEqual([
    { id: 77 },
    { id: 78 },
    { id: 79 },
  ]);
  await database.exec(captureSql({ tables: [], secretHash: SECRET_HASH }));
});

test("somebody else's net.http_post is not called with our rights", async () => {
  await database.exec(`${PG_NET} create role stranger; grant usage, create on schema net to stranger;
    alter function net.http_post owner to stranger; truncate net.queue`);
  expect(await notifiedBy("insert into items values (1)")).toBe(1);
  expect(await queued()).toEqual([]);
});
