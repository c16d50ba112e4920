import { expect, test } from "vitest";
import { readSettings, SettingError } from "./settings.ts";

test("without flags and environment the defaults hold", () => {
  expect(readSettings([], {})).toMatchObject({
    port: 8787,
    originPort: 8786,
    originLatency: 0,
    reset: false,
    adminSecret: "demo-admin-secret",
    webhookSecret: "demo-webhook-secret",
    ownProject: false,
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

test("the Supabase CLI's ports stay free for it", () => {
  expect(readSettings([], {}).originPort).not.toSatisfy((port: number) => port >= 54_320 && port <= 54_329);
});

test("a project of your own takes the embedded one's place", () => {
  expect(readSettings([], { SUPABASE_URL: "https://abc.supabase.co/" }).ownProject).toBe(true);
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
    "a latency of a project that is not embedded",
    ["--origin-latency", "9"],
    { SUPABASE_URL: "https://a.supabase.co" },
    /delays the embedded Supabase/,
  ],
])("%s is one clear line", (_what, args, env, message) => {
  const read = () => readSettings(args, env);
  expect(read).toThrow(SettingError);
  expect(read).toThrow(message);
  expect(read).not.toThrow(/\n/);
});
