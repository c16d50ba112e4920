import pg from "pg";
import { expect, test } from "vitest";
import { identityOf, PoolIdentityError } from "./identity.ts";
import type { PgPool } from "./shapes.ts";

const of = (options: pg.PoolConfig) => identityOf(new pg.Pool(options));
const nameOf = (connectionString: string) => of({ connectionString }).name;

test("it is the database, the user and the start-up options, and never the password", () => {
  const url = "postgres://ann:secret@db.example:5432/app?options=-c%20role%3Dann";
  const { name } = of({ connectionString: url, password: "secret" });
  for (const part of ["db.example", "5432", "ann", "app", "role=ann"]) expect(name).toContain(part);
  expect(name).not.toContain("secret");
  expect(nameOf(url.replace("ann", "bob"))).not.toBe(name);
});

test("it is what the client connects with, wherever that is said", () => {
  const said = {
    user: ["postgres://h/d?user=ann", "postgres://bob@h/d?user=ann", "postgres://ann@h/d"],
    host: ["postgres://ann@h/d?host=other", "postgres://ann@other/d"],
    port: ["postgres://ann@h:1/d?port=2", "postgres://ann@h:2/d?port=2"],
    socket: ["socket:///tmp?db=one&user=ann", "socket://ann@/tmp?db=one"],
  };
  for (const same of Object.values(said)) expect(new Set(same.map(nameOf)).size, same[0]).toBe(1);
  const names = [
    ...Object.values(said).map(([url = ""]) => nameOf(url)),
    ...["socket:///tmp?db=two&user=ann", "postgres://h/d?user=bob", "postgres://ann@h/d?options=-c%20a"].map(
      nameOf,
    ),
    ...["postgres://ann@h/d?client_encoding=latin1", "postgres://ann@h/d?replication=true"].map(nameOf),
    of({ connectionString: "postgres://ann@h/d", options: "-c role=bob" }).name,
  ];
  expect(new Set(names).size).toBe(names.length);
});

test("the environment's user is the pool's, where the pool names none", () => {
  const before = process.env.PGUSER;
  try {
    process.env.PGUSER = "eve";
    expect(of({ host: "h", database: "d" }).name).toBe(nameOf("postgres://eve@h/d"));
  } finally {
    if (before === undefined) delete process.env.PGUSER;
    else process.env.PGUSER = before;
  }
});

test("what changes neither the database nor its answers is no part of it", () => {
  const plain = nameOf("postgres://ann:one@h/d");
  expect(nameOf("postgres://ann:two@h/d?sslmode=no-verify&application_name=x")).toBe(plain);
  expect(of({ connectionString: "postgres://ann@h/d", max: 3, connectionTimeoutMillis: 9_000 }).name).toBe(
    plain,
  );
});

test("the proof is another one for another password", () => {
  const proofs = ["one", "two"].map((password) => of({ user: "ann", host: "h", password }).proof);
  expect(new Set(proofs).size).toBe(2);
  expect(of({ connectionString: "postgres://ann@h/ann?password=one" }).proof).toBe(proofs[0]);
});

const HYPERDRIVE = "0123456789abcdef.hyperdrive.local";

test.each([
  new pg.Pool({ connectionString: `postgres://u:p@${HYPERDRIVE}:5432/app` }),
  new pg.Pool({ connectionString: `postgres://u:p@db.example/app?host=${HYPERDRIVE}` }),
  new pg.Pool({ host: HYPERDRIVE, user: "u", database: "app" }),
  new pg.Pool({ user: "u", host: "h", password: () => "made" }),
  new pg.Pool({ user: "u", host: "h", stream: () => undefined as never }),
  new pg.Pool({ connectionString: "postgres://u:secret@[h/app" }),
  { options: { user: "u", host: "h", database: "app" } } as unknown as PgPool,
  { options: {}, Client: class {} } as unknown as PgPool,
])("what is no identity is refused, with the option that gives one (%#)", (pool) => {
  const identify = () => identityOf(pool);
  expect(identify).toThrow(PoolIdentityError);
  expect(identify).toThrow(/name: "main"/);
  expect(identify).not.toThrow(/secret/);
  expect(identify).toThrow(expect.objectContaining({ code: "name-required" }));
});
