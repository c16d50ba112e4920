import { describe, expect, it } from "vitest";
import { type ClientOptions, tidemark } from "./client.ts";

const GATEWAY = "https://gateway.example";
const PROJECT = "https://abc.supabase.co";

const making = (options: object) => () =>
  tidemark({ gateway: GATEWAY, project: PROJECT, ...options } as ClientOptions);

describe("options", () => {
  it.each([
    [{ timout: "5s" }, /no option "timout".*"timeout"/],
    [{ TimeOut: "5s" }, /no option "TimeOut".*"timeout"/],
    [{ ownwrites: false }, /no option "ownwrites".*"ownWrites"/],
    [{ tokenLifeTime: "1m" }, /no option "tokenLifeTime".*"tokenLifetime"/],
    [{ gatway: GATEWAY }, /no option "gatway".*"gateway"/],
    [{ projet: PROJECT }, /no option "projet".*"project"/],
    [{ retries: 3 }, /no option "retries".*gateway, project, functions, fetch, timeout/],
  ])("that are unknown are refused, with the nearest known one: %j", (options, message) => {
    expect(making(options)).toThrow(TypeError);
    expect(making(options)).toThrow(message);
  });

  it.each([
    ...["timeout", "tokenLifetime", "ownWritesBypass"].flatMap((name) =>
      [0, "0s", -1, "-1s", Number.NaN, Number.POSITIVE_INFINITY, "5", "", "soon", null, true, {}, 0.0001].map(
        (value) => [name, value] as const,
      ),
    ),
    ["timeout", "3m"] as const,
    ["timeout", "30d"] as const,
    ["timeout", 5_000] as const,
  ])("%s: %j is refused by name", (name, value) => {
    expect(making({ [name]: value })).toThrow(RangeError);
    expect(making({ [name]: value })).toThrow(new RegExp(`^tidemark: ${name} `));
  });

  it("given in milliseconds by mistake are refused with the right form", () => {
    expect(making({ timeout: 5_000 })).toThrow(/"5000ms"/);
  });

  it.each([
    ["fetch", "fetch"],
    ["fetch", null],
    ["ownWrites", "yes"],
    ["ownWrites", 0],
    ["functions", "search_articles"],
    ["functions", ["search articles"]],
    ["functions", [1]],
    ["functions", { search_articles: true }],
  ])("%s: %j is refused by name", (name, value) => {
    expect(making({ [name]: value })).toThrow(TypeError);
    expect(making({ [name]: value })).toThrow(new RegExp(`^tidemark: ${name} `));
  });

  it.each([undefined, null, "https://gateway.example", 5])("that are none are refused: %j", (options) => {
    expect(() => tidemark(options as unknown as ClientOptions)).toThrow(TypeError);
    expect(() => tidemark(options as unknown as ClientOptions)).toThrow(/^tidemark: /);
  });

  it("that are undefined are ignored", () => {
    const undefinedOnes = { fetch: undefined, timeout: undefined, ownWrites: undefined };
    expect(making({ ...undefinedOnes, tokenLifetime: undefined, ownWritesBypass: undefined })).not.toThrow();
  });

  it.each([0.001, "1ms", 5, "2m", "1.5s"])("timeout: %j is taken", (timeout) => {
    expect(making({ timeout })).not.toThrow();
  });
});

describe("addresses", () => {
  it.each([
    undefined,
    null,
    "",
    "abc.supabase.co",
    "ftp://x",
    "https://",
    "https://x?y",
    "https://x#y",
    "https://x y",
    5,
    "https://abc.supabase.co/rest/v1",
    "https://abc.supabase.co/rest/v1/",
  ])("project: %j is refused", (project) => {
    expect(making({ project })).toThrow(TypeError);
    expect(making({ project })).toThrow(/^tidemark: project must be the address that createClient\(\) gets/);
  });

  it.each(["https://x/rest/v1", "https://x/a", "https://x?y", "//x", "x", null])(
    "gateway: %j is refused",
    (gateway) => {
      expect(making({ gateway })).toThrow(/^tidemark: gateway must be the gateway's address/);
    },
  );

  it.each(["gateway", "project"])("%s: credentials are refused, and not repeated", (name) => {
    const address = "https://user:hunter2@host.example";
    expect(making({ [name]: address })).toThrow(new RegExp(`^tidemark: ${name} .*password`));
    expect(making({ [name]: address })).not.toThrow(/hunter2/);
  });

  it.each([PROJECT, `${PROJECT}/`, "HTTPS://ABC.SUPABASE.CO:443"])(
    "that are the same twice are refused: %j",
    (gateway) => {
      expect(making({ gateway })).toThrow(TypeError);
      expect(making({ gateway })).toThrow(/gateway and project are the same address/);
    },
  );
});
