import { expect, test } from "vitest";
import { runToEnd } from "../testing/command.ts";
import { database, folder, useDatabaseAndFolder } from "./testing/database-and-folder.ts";

useDatabaseAndFolder();

async function sqlOf(args: readonly string[] = []): Promise<string> {
  const env = { TIDEMARK_CAPTURE_SECRET: "the-secret-of-this-test" };
  const { stdout, exitCode, stderr } = await runToEnd(["sql", ...args], folder.path, env);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return stdout;
}

async function callers(): Promise<string> {
  const { rows } = await database.query<{ callers: string }>(
    `select string_agg(r, ' ' order by r) as callers from unnest(array['anon', 'authenticated', 'tidemark_keeper']) r
     where has_function_privilege(r, 'public.tidemark_changes(text, text, text, bigint, int)', 'execute')`,
  );
  return rows[0]?.callers ?? "";
}

test("--caller says who may call; without it, that stays as it is", async () => {
  await database.exec(await sqlOf());
  expect(await callers()).toBe("tidemark_keeper");
  await database.exec(await sqlOf(["--caller", "anon"]));
  expect(await callers()).toBe("anon tidemark_keeper");
  for (const args of [[], ["--nudge", "notify"], ["--rotate"]]) {
    await database.exec(await sqlOf(args));
    expect([args, await callers()]).toEqual([args, "anon tidemark_keeper"]);
  }
  await database.exec(await sqlOf(["--caller", "tidemark_keeper"]));
  expect(await callers()).toBe("tidemark_keeper");
  await database.exec(await sqlOf(["--remove"]));
  await database.exec(await sqlOf());
  expect(await callers()).toBe("tidemark_keeper");
});

test("with --schema-only, too, callers stay as they are", async () => {
  await database.exec(await sqlOf(["--schema-only", "--caller", "anon"]));
  await database.exec(await sqlOf(["--schema-only"]));
  const may = "has_function_privilege('anon', 'public.tidemark_schema(text, text[], text)', 'execute')";
  expect((await database.query(`select ${may} as may`)).rows).toEqual([{ may: true }]);
});

test("the time zone stays as it is until another one is given", async () => {
  const zones: unknown[] = [];
  for (const args of [[], ["--time-zone", "Europe/Berlin"], [], ["--time-zone", "UTC"]]) {
    await database.exec(await sqlOf(args));
    const { rows } = await database.query<{ zone: string }>(
      "select time_zone as zone from tidemark.settings",
    );
    zones.push(rows[0]?.zone);
  }
  expect(zones).toEqual(["UTC", "Europe/Berlin", "Europe/Berlin", "UTC"]);
});
