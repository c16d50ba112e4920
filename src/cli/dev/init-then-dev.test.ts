import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../../testing/patience.ts";
import { linkPackage } from "../init/testing/link-package.ts";
import { startProject, type TestProject } from "../init/testing/project.ts";
import { folderWith, runToEnd, start } from "../testing/command.ts";

let project: TestProject;
beforeAll(async () => {
  project = await startProject();
});
afterAll(() => project?.stop());

test("what init writes runs as it is: to a hit, to a change that shows, and to its numbers", async () => {
  using folder = folderWith({ "package.json": '{ "name": "site", "type": "commonjs" }' });
  linkPackage(folder.path);
  const asProject = ["--url", project.url, "--key", project.publishableKey];
  const init = await runToEnd(["init", "--yes", ...asProject], folder.path, {
    DATABASE_URL: project.databaseUrl,
  });
  expect(init).toMatchObject({ exitCode: 0, stderr: "" });
  const migrations = join(folder.path, "supabase/migrations");
  const [migration = ""] = readdirSync(migrations);
  await project.sql.unsafe(readFileSync(join(migrations, migration), "utf8")).simple();
  project.reload();

  const dev = start(["dev", "--port", "0"], folder.path);
  try {
    const [, gateway = ""] = await dev.says(/Gateway +(http\S+)\n/);
    expect(dev.stdout()).toMatch(/Changes +pulled from the database/);
    const read = () =>
      fetch(`${gateway}/rest/v1/articles?select=title`, { headers: { apikey: project.publishableKey } });
    await until("a hit", async () => (await read()).headers.get("cache-status")?.includes("; hit;"));
    expect(await (await read()).json()).toEqual([{ title: "Notes" }]);
    await project.sql`update articles set title = 'Changed' where id = 1`;
    await until("the change shows", async () => (await (await read()).json())[0].title === "Changed");

    // The migration has changed the schema, so the change may have shown by age before the keeper heard of it.
    await until("its numbers tell of the change, and of reads that were hits and misses", async () => {
      await read();
      const { stdout } = await runToEnd(["stats", "--gateway", gateway], folder.path);
      return /^changes +1; /m.test(stdout) && /^public\.articles +\d+ +[1-9][\d,]* +[1-9]/m.test(stdout);
    });
  } finally {
    dev.child.kill("SIGINT");
    await dev.ended;
  }
});
