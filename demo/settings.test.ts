import { expect, test } from "vitest";
import { readSettings, SettingError } from "./settings.ts";

test("without flags and environment the defaults hold", () => {
  expect(readSettings([], {})).toMatchObject({
    port: 8787,
    originPort: 54321,
    originLatency: 0,
    reset: false,
    adminSecret: "demo-admin-secret",
    webhookSecret: "demo-webhook-secret",
    project: undefined,
  });
});

test("flags and environment are read", () => {
  const settings = readSettings(["--origin-latency", "120", "--reset"], {
    PORT: "1",
    ORIGIN_PORT: "2",
    TIDEMARK_ADMIN_SECRET: "an admin's secret",
    TIDEMARK_WEBHOOK_SECRET: "a webhook's secret",
  });
  expect(settings).toMatchObject({ originLatency: 120, reset: true, port: 1, originPort: 2 });
  expect(settings).toMatchObject({
    adminSecret: "an admin's secret",
    webhookSecret: "a webhook's secret",
  });
});

test("a project of your own is used by its origin", () => {
  const env = { SUPABASE_URL: "https://abc.supabase.co/", SUPABASE_PUBLISHABLE_KEY: "sb_publishable_x" };
  expect(readSettings([], env).project).toEqual({
    url: "https://abc.supabase.co",
    publishableKey: "sb_publishable_x",
    anonKey: undefined,
  });
});

test.each<[string, string[], Record<string, string>, RegExp]>([
  ["an unknown flag", ["--fast"], {}, /^Unknown option '--fast'\. npm start -- --help lists the options\.$/],
  [
    "a flag without its value",
    ["--origin-latency"],
    {},
    /^Option '--origin-latency <value>' argument missing/,
  ],
  ["a word that is no flag", ["now"], {}, /^Unexpected argument 'now'/],
  [
    "a latency that is no number",
    ["--origin-latency", "slow"],
    {},
    /^--origin-latency must be a whole number/,
  ],
  [
    "a port that is no number",
    [],
    { PORT: "http" },
    /^PORT must be a whole number from 0 to 65535, not "http"\.$/,
  ],
  ["a port out of range", [], { ORIGIN_PORT: "70000" }, /^ORIGIN_PORT must be/],
  ["one port for both", [], { PORT: "5000", ORIGIN_PORT: "5000" }, /both 5000/],
  [
    "an admin secret that the gateway would refuse",
    [],
    { TIDEMARK_ADMIN_SECRET: "fifteen letters" },
    /^TIDEMARK_ADMIN_SECRET is shorter than 16 characters\.$/,
  ],
  [
    "a webhook secret that the gateway would refuse",
    [],
    { TIDEMARK_WEBHOOK_SECRET: "w" },
    /^TIDEMARK_WEBHOOK_SECRET is shorter than 16 characters\.$/,
  ],
  [
    "a project without its key",
    [],
    { SUPABASE_URL: "https://a.supabase.co" },
    /SUPABASE_PUBLISHABLE_KEY is not/,
  ],
  ["a key without its project", [], { SUPABASE_PUBLISHABLE_KEY: "k" }, /SUPABASE_URL is not/],
  [
    "a project that is no URL",
    [],
    { SUPABASE_URL: "abc", SUPABASE_PUBLISHABLE_KEY: "k" },
    /must be a URL such as/,
  ],
])("%s is one clear line", (_what, args, env, message) => {
  const read = () => readSettings(args, env);
  expect(read).toThrow(SettingError);
  expect(read).toThrow(message);
  expect(read).not.toThrow(/\n/);
});
