import { expect, onTestFinished, test, vi } from "vitest";
import { formatRequestLine, logRequests, parseRequestLine, type RequestLine } from "./request-log.ts";

const plain = (_colour: string, text: string) => text;
const line: RequestLine = {
  method: "GET",
  target: "/rest/v1/articles?select=id%2Cauthors%28name%29&title=eq.a%0Ab%1B[0m",
  status: 200,
  cacheStatus: "tidemark; hit; detail=memory",
  milliseconds: 0,
};

test("a line shows request, Cache-Status and milliseconds, and escapes control characters", () => {
  expect(formatRequestLine(line, plain)).toBe(
    "GET     200    <1 ms  hit; detail=memory                 /rest/v1/articles?select=id,authors(name)&title=eq.a%0Ab%1B[0m",
  );
});

test("a wrapped Worker answers as before and logs a line that can be parsed", async ({ onTestFinished }) => {
  const logged: string[] = [];
  const { log } = console;
  console.log = (message: string) => logged.push(message);
  onTestFinished(() => {
    console.log = log;
  });
  const answer = new Response("body", { status: 206, headers: { "cache-status": "tidemark; fwd=uri-miss" } });
  const worker = logRequests({ fetch: async (_request: Request, _env: null, _context: null) => answer });
  expect(await worker.fetch(new Request("http://x/rest/v1/t?a=eq.1"), null, null)).toBe(answer);
  expect(logged.map(parseRequestLine)).toEqual([
    {
      method: "GET",
      target: "/rest/v1/t?a=eq.1",
      status: 206,
      cacheStatus: "tidemark; fwd=uri-miss",
      milliseconds: expect.any(Number),
    },
  ]);
});

test.each([
  ["/rest/v1/t?apikey=sb_secret_x&id=eq.1", "/rest/v1/t?apikey=***&id=eq.1"],
  ["/rest/v1/t?id=eq.1&%61pikey=sb_secret_x", "/rest/v1/t?id=eq.1&%61pikey=***"],
  ["/x?ACCESS_TOKEN=a.b.c;token=d", "/x?ACCESS_TOKEN=***;token=***"],
  ["/rest/v1/t?token_id=eq.1&%E0=2", "/rest/v1/t?token_id=eq.1&%E0=2"],
])("keys and tokens in a query are not logged: %s", async (asked, target) => {
  const logged = vi.spyOn(console, "log").mockReturnValue();
  onTestFinished(() => logged.mockRestore());
  const worker = logRequests({
    fetch: async (_request: Request, _env: null, _context: null) => new Response(),
  });
  await worker.fetch(new Request(`http://x${asked}`), null, null);
  expect(logged.mock.calls.map(([line]) => parseRequestLine(line)?.target)).toEqual([target]);
});

test("other lines are left alone", () => {
  expect(parseRequestLine("something else")).toBeUndefined();
  expect(parseRequestLine('{"request":')).toBeUndefined();
});
