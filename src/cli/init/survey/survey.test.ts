import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CAPTURE_SECRET, captureToken } from "../../../../demo/capture.ts";
import { type Supabase, startSupabase } from "../../../../demo/supabase.ts";
import { type Listening, listening } from "../../../../testing/origins/listening.ts";
import { folderWith, runToEnd } from "../../testing/command.ts";
import { linkPackage } from "../testing/link-package.ts";
import { surveyApi } from "./api.ts";
import { readSupabaseFolder, surveyFolder } from "./supabase-folder.ts";

describe("a project that has capture", () => {
  let supabase: Supabase;
  beforeAll(async () => {
    supabase = await startSupabase();
    // The first description takes several times as long as any other.
    await supabase.db.query("select tidemark_schema($1)", [CAPTURE_SECRET]);
  });
  afterAll(() => supabase?.stop());

  it("tells of its tables through its API, with the secret of .dev.vars", async () => {
    using folder = folderWith({
      ".dev.vars": `TIDEMARK_CAPTURE_SECRET=${CAPTURE_SECRET}\nTIDEMARK_CAPTURE_TOKEN=${captureToken()}`,
    });
    const { stdout, stderr, exitCode } = await runToEnd(
      ["init", "--yes", "--url", supabase.url, "--key", supabase.publishableKey],
      folder.path,
    );
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    expect(stdout).toContain("by the project, by capture:");
    expect(stdout).toContain("  public.articles  (table, row-level security)");
    // A view has none of its own, and its reader's may be those of its tables.
    expect(stdout).toContain("  public.published_articles  (view)\n");
    expect(stdout).toContain("    ✓ who signs in shares answers by sub, refreshed by changes");
  });
});

describe("a project whose secret key is known", () => {
  let server: Listening;
  const asked: (readonly [url: string | undefined, profile: unknown, key: unknown])[] = [];
  /** The members of PostgREST's root that matter here, as PostgREST 14 writes them; @supabase/lite writes none. */
  const documents: Record<string, object> = {
    public: { swagger: "2.0", definitions: { authors: { type: "object" }, articles: { type: "object" } } },
    api: { swagger: "2.0", definitions: { feed: { type: "object" } } },
  };
  beforeAll(async () => {
    server = await listening(
      createServer(({ url, headers }, response) => {
        asked.push([url, headers["accept-profile"], headers.apikey]);
        const document = documents[String(headers["accept-profile"])];
        response.writeHead(document === undefined || headers.apikey !== "sb_secret_x" ? 401 : 200);
        response.end(JSON.stringify(document));
      }),
    );
  });
  afterAll(() => server?.stop());

  it("tells the names of its tables, schema by schema", async () => {
    const { tables } = await surveyApi(`${server.url}/rest/v1`, "sb_secret_x", ["public", "api"]);
    expect(tables.map(({ relation }) => relation)).toEqual(["api.feed", "public.articles", "public.authors"]);
    expect(asked).toEqual([
      ["/rest/v1/", "public", "sb_secret_x"],
      ["/rest/v1/", "api", "sb_secret_x"],
    ]);
  });

  it("says that it is not allowed, without the key", async () => {
    const failed = surveyApi(`${server.url}/rest/v1`, "sb_secret_hunter2", ["public"]);
    await expect(failed).rejects.toThrow(/answered 401$/);
    await expect(failed).rejects.not.toThrow("hunter2");
  });
});

describe("a supabase folder", () => {
  const CONFIG = '[api]\nport = 4001\nschemas = ["public", "api", "graphql_public"]\n[db]\nport = 9\n';

  it("tells by its migrations, where no database runs, and the configuration that is written is sound", async () => {
    using folder = folderWith({});
    linkPackage(folder.path);
    mkdirSync(join(folder.path, "supabase/migrations"), { recursive: true });
    writeFileSync(join(folder.path, "supabase/config.toml"), CONFIG);
    writeFileSync(
      join(folder.path, "supabase/migrations/1_first.sql"),
      'create table articles (id int primary key); create schema api; create table api."a b" (id int);',
    );
    const found = readSupabaseFolder(join(folder.path, "supabase"));
    expect(found).toMatchObject({ apiUrl: "http://127.0.0.1:4001", schemas: ["public", "api"] });
    if (found === undefined) throw new Error("there is a folder");
    expect((await surveyFolder(found, found.schemas))?.tables.map(({ relation }) => relation)).toEqual([
      "api.a b",
      "public.articles",
    ]);

    const init = ["init", "--yes", "--url", "https://a.example", "--key", "sb_publishable_x"];
    const { stdout, exitCode } = await runToEnd(init, folder.path);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("npx supabase db push");
    const check = await runToEnd(["check"], folder.path);
    expect(check.stdout).toContain("tidemark.config.ts caches 2 tables");
    // The migration that it has written is no table of the project.
    expect((await runToEnd(init, folder.path)).stdout.match(/: as it should be$/gm)).toHaveLength(6);
  });

  it("without tables, or with a broken config.toml, is one line and a hint", async () => {
    using folder = folderWith({});
    mkdirSync(join(folder.path, "supabase"));
    writeFileSync(join(folder.path, "supabase/config.toml"), CONFIG);
    const init = ["init", "--yes", "--url", "https://a.example", "--key", "sb_publishable_x"];
    expect((await runToEnd(init, folder.path)).stderr).toMatch(/shows no table in public, api\n {2}Start it/);
    // Their names are enough.
    expect(await runToEnd([...init, "--tables", "articles"], folder.path)).toMatchObject({ exitCode: 0 });
    writeFileSync(join(folder.path, "supabase/config.toml"), "[api");
    expect((await runToEnd(init, folder.path)).stderr).toMatch(/config\.toml cannot be read/);
  });
});
