import { expect, test } from "vitest";
import { identityOf, PoolIdentityError } from "./identity.ts";
import type { PgPool } from "./shapes.ts";

const of = (options: object) => identityOf({ options } as unknown as PgPool);

test("it is the database, the user and the start-up options, and never the password", () => {
  const url = "postgres://ann:secret@db.example:5432/app?options=-c%20role%3Dann";
  const identity = of({ connectionString: url, password: "secret" });
  expect(identity).toContain("db.example:5432");
  expect(identity).toContain("role=ann");
  expect(identity).not.toContain("secret");
  expect(of({ connectionString: url.replace("ann", "bob") })).not.toBe(identity);
});

test.each([
  { connectionString: "postgres://u:p@0123456789abcdef.hyperdrive.local:5432/app" },
  { host: "0123456789abcdef.hyperdrive.local", user: "u", database: "app" },
  { connectionString: "host=db.example user=ann" },
])("what is no identity is refused, with the option that gives one: %j", (options) => {
  const identify = () => of(options);
  expect(identify).toThrow(PoolIdentityError);
  expect(identify).toThrow(/name: "main"/);
  expect(identify).toThrow(expect.objectContaining({ code: "name-required" }));
});
