import { expect, it } from "vitest";
import { notStored } from "./not-stored.ts";

const bytes = (text: string) => new TextEncoder().encode(text).buffer as ArrayBuffer;

const judge = (accept: string | undefined, type: string, body: string, headers: object = {}) =>
  notStored(
    { status: 200, headers: new Headers({ "content-type": type, ...headers }), body: bytes(body) },
    accept,
  );

it.each<[string | undefined, string, string]>([
  [undefined, "application/json; charset=utf-8", "[]"],
  ["*/*", "application/json", "[]"],
  ["application/vnd.pgrst.array+json", "application/json", "[]"],
  ["text/html, application/json;q=0.9", "application/json", "[]"],
  ["text/csv, application/vnd.pgrst.object+json", "application/vnd.pgrst.object+json", "{}"],
  ["application/*", "application/vnd.acme+json", '"any JSON"'],
])("for Accept: %s, %s is understood", (accept, type, body) => {
  expect(judge(accept, type, body)).toBeNull();
});

it.each<[string | undefined, string, string]>([
  ["*/*", "text/html", "<p>"],
  ["text/html, */*;q=0.8", "text/html", "<p>"],
  ["text/*", "text/plain", "hello"],
  ["application/vnd.acme", "application/vnd.acme", "x"],
])("for Accept: %s, %s of the database's own making is known by its Content-Range", (accept, type, body) => {
  expect(judge(accept, type, body)).toBe("broken-body");
  expect(judge(accept, type, body, { "content-range": "0-3/*" })).toBeNull();
  expect(judge(accept, type, body, { "content-range": "*/0" })).toBeNull();
  expect(judge(accept, type, body, { "content-range": "bytes 0-3/9" })).toBe("broken-body");
  expect(judge(accept, type, "", { "content-range": "0-3/*" })).toBe("broken-body");
});

it.each<[string | undefined, string]>([
  ["application/json", "text/html"],
  ["application/json", "application/problem+json"],
  ["application/json", "application/vnd.pgrst.object+json"],
  ["text/csv", "text/html"],
  ["text/*", "application/json"],
  ["*/*", ""],
])("for Accept: %s, %s was not asked for", (accept, type) => {
  expect(judge(accept, type, "[]", { "content-range": "0-3/*" })).toBe("unexpected-type");
});

it("a body that claims to be JSON must be JSON, whatever named it", () => {
  for (const type of ["application/vnd.acme+json", "text/json", "application/geo+json"]) {
    expect(judge("*/*", type, "upstream connect error", { "content-range": "0-3/*" })).toBe("broken-body");
  }
});

it.each(["[1]", "1", '"text"', "null", '{"code":"PT200"}'])(
  "a function's answer is known by its Content-Range: %s",
  (body) => {
    const judged = (headers: object) =>
      notStored(
        {
          status: 200,
          headers: new Headers({ "content-type": "application/json", ...headers }),
          body: bytes(body),
        },
        "application/json",
        true,
      );
    expect(judged({ "content-range": "0-0/*" })).toBeNull();
    expect(judged({})).toBe("broken-body");
  },
);
