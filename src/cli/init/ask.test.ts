import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { type Ask, onTerminal } from "./ask.ts";

const TABLES = [
  { value: "public.articles", label: "articles", hint: "refreshed by changes" },
  { value: "public.counts", label: "counts", hint: "by age only" },
];

/** Presses keys once the question is on the screen. */
async function pressing<T>(keys: readonly string[], question: (ask: Ask) => Promise<T>) {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 });
  let shown = "";
  const asked = new Promise<void>((resolve) =>
    output.setEncoding("utf8").on("data", (text: string) => {
      shown += text;
      resolve();
    }),
  );
  const answer = question(onTerminal({ input, output }));
  await asked;
  for (const key of keys) input.write(key);
  return { answer: await answer, shown };
}

const ENTER = "\r";
const DOWN = "\x1b[B";

it("what is proposed is taken with Enter, and another choice by moving to it", async () => {
  const several = (ask: Ask) => ask.several("Which?", TABLES, ["public.articles"]);
  expect((await pressing([ENTER], several)).answer).toEqual(["public.articles"]);
  expect((await pressing([" ", DOWN, " ", ENTER], several)).answer).toEqual(["public.counts"]);
  expect((await pressing([" ", ENTER], several)).answer).toEqual([]);
  const choose = (ask: Ask) => ask.choose("How?", [...TABLES], "public.counts");
  expect((await pressing([ENTER], choose)).answer).toBe("public.counts");
  expect((await pressing(["n"], (ask) => ask.confirm("Write it?"))).answer).toBe(false);
});

it("a text that is left out is asked for again", async () => {
  const { answer, shown } = await pressing([ENTER, "https://a.example ", ENTER], (ask) =>
    ask.text("Where?", { placeholder: "https://abcdefgh.supabase.co" }),
  );
  expect(answer).toBe("https://a.example");
  expect(shown).toContain("Please write one");
});

it("a text that is wrong is asked for again, with the reason", async () => {
  const { answer, shown } = await pressing(["x", ENTER, "y", ENTER], (ask) =>
    ask.text("Where?", {
      placeholder: "",
      faultOf: (text) => (text === "x" ? "It is not a URL" : undefined),
    }),
  );
  expect(answer).toBe("xy");
  expect(shown).toContain("It is not a URL");
});

it("Ctrl+C ends it, and says that nothing more was written", async () => {
  await expect(pressing(["\x03"], (ask) => ask.confirm("Write it?"))).rejects.toThrow(/^stopped$/);
});
