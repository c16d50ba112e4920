import { expect, it } from "vitest";
import { PROBLEMS, problem } from "../http/problem.ts";
import { adminOf } from "./testing/admin-bench.ts";

const ask = (path: string) => adminOf({})(new Request(`https://gateway.example${path}`), () => {});

it("the type of each problem leads to its row on a page of the gateway's own", async () => {
  for (const code of Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[]) {
    const { type } = (await problem(code, "why").json()) as { type: string };
    const [path = "", id] = type.split("#");
    const answer = await ask(path);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(await answer.text()).toContain(`<tr id="${id}"><td><code>${code}</code></td>`);
  }
});

it("nothing on that page would have to be escaped, and nothing on it runs or loads", async () => {
  for (const [code, { title }] of Object.entries(PROBLEMS)) expect(code + title).not.toMatch(/[<>&"]/);
  const answer = await ask("/_tidemark/problems");
  expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
});
