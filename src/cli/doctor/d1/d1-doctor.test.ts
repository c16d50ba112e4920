import { join } from "node:path";
import { expect, test } from "vitest";
import { D1_FOLDER } from "../../sql/d1/testing/d1-folder.ts";
import { folderWith, runToEnd } from "../../testing/command.ts";

test("whoever asks Cloudflare's database without being logged in is told how to be", async () => {
  using folder = folderWith(D1_FOLDER);
  folder.link("node_modules", join(import.meta.dirname, "../../../../node_modules"));
  // A home of its own: nobody is logged in there.
  const env = { HOME: folder.path, XDG_CONFIG_HOME: folder.path };
  const { stdout, stderr, exitCode } = await runToEnd(["doctor", "--d1", "DB", "--remote"], folder.path, env);
  expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
  expect(stderr).toMatch(/\n {2}Log in with npx wrangler login, or export CLOUDFLARE_API_TOKEN/);
});
