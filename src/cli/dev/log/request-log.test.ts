import { expect, onTestFinished, test, vi } from "vitest";
import { logRequests } from "../worker/log-requests.ts";
import { formatRequestLine, LINE_PREFIX, parseRequestLine, type RequestLine } from "./request-line.ts";

const plain = (_colour: string, text: string) => text;
const line: RequestLine = {
  method: "GET",
  target: "/rest/v1/articles?select=id%2Cauthors%28name%29&title=eq.a%0Ab%1B[0m",
  status: 200,
  cacheStatus: "tidemark; hit; detail=memory",
  reason: null,
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
      reason: null,
      milliseconds: expect.any(Number),
    },
  ]);
});

test.each([
  ["/rest/v1/t?apikey=sb_secret_x&id=eq.1", "/rest/v1/t?apikey=***&id=eq.1"],
  ["/auth/v1/verify?token_hash=pkce_x&type=email", "/auth/v1/verify?token_hash=***&type=email"],
  ["/auth/v1/x?Refresh%5Ftoken=a&provider_token=b", "/auth/v1/x?Refresh%5Ftoken=***&provider_token=***"],
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
  expect(parseRequestLine(`${LINE_PREFIX}{`)).toBeUndefined();
});

const failed = (status: number, type: string, body: string) =>
  new Response(body, { status, headers: { "content-type": type } });

test.each<[Response, string | null]>([
  [failed(500, "application/problem+json", '{"code":"internal","detail":"a mistake"}'), "a mistake"],
  [
    failed(400, "application/json; charset=utf-8", '{"code":"42703","message":"no such column"}'),
    "no such column",
  ],
  [failed(403, "application/json", '{"msg":"Signups not allowed"}'), "Signups not allowed"],
  [failed(500, "application/json", "{"), null],
  [failed(502, "text/html", "<html>"), null],
  [failed(406, "application/json", "[]"), null],
  [failed(200, "application/json", '{"message":"a row"}'), null],
])("a failed request has its reason in the log, and its body all the same: %#", async (answer, reason) => {
  const logged = vi.spyOn(console, "log").mockReturnValue();
  onTestFinished(() => logged.mockRestore());
  const body = await answer.clone().text();
  const worker = logRequests({ fetch: async (_request: Request, _env: null, _context: null) => answer });
  const got = await worker.fetch(new Request("http://x/rest/v1/t"), null, null);
  expect(await got.text()).toBe(body);
  expect(logged.mock.calls.map(([line]) => parseRequestLine(line)?.reason)).toEqual([reason]);
});

test("a Worker that throws is in the log, and still throws", async () => {
  const logged = vi.spyOn(console, "log").mockReturnValue();
  onTestFinished(() => logged.mockRestore());
  const worker = logRequests({
    fetch: async (_request: Request, _env: null, _context: null): Promise<Response> => {
      throw new TypeError("no");
    },
  });
  await expect(worker.fetch(new Request("http://x/rest/v1/t"), null, null)).rejects.toThrow("no");
  expect(logged.mock.calls.map(([line]) => parseRequestLine(line))).toMatchObject([
    { status: 500, reason: "TypeError: no" },
  ]);
});

test("a reason is a line of its own, and cannot steer the terminal", () => {
  expect(formatRequestLine({ ...line, status: 500, reason: "bad \x1b[2J" }, plain).split("\n")[1]).toBe(
    "        bad \\u{1b}[2J",
  );
});
