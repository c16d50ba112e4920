import { expect, it } from "vitest";
import { contentLocation } from "./content-location.ts";

it.each([
  ["simple_pk", "", "/simple_pk"],
  // QuerySpec.hs, "Canonical location"
  ["no_pk", "b=eq.1&a=eq.1", "/no_pk?a=eq.1&b=eq.1"],
  ["t", "select=*,x(id)&id=in.(1,2)", "/t?id=in.%281%2C2%29&select=%2A%2Cx%28id%29"],
  ["t", "id=gt.1&select=id&id=lt.5", "/t?id=gt.1,lt.5&select=id"],
  ["t", "name=eq.a+b%20c&flag", "/t?flag=&name=eq.a%20b%20c"],
  ["t", "a=eq.1=2&a.b=is.null&B=eq.1", "/t?B=eq.1&a=eq.1%3D2&a.b=is.null"],
  // Bytes are treated as characters, so non-ASCII text is encoded twice.
  ["t", "name=eq.%C3%BC", "/t?name=eq.%C3%83%C2%BC"],
  ["Escap3e;", "a=1", "/Escap3e;?a=1"],
])("%s?%s", (relation, search, expected) => {
  expect(contentLocation(relation, search)).toBe(expected);
});

it.each(["a=1;b=2", "a=%zz", "a=1&&b=2", "&a=1", "a=1&"])(
  "%s is read differently here and there",
  (search) => {
    expect(contentLocation("t", search)).toBeUndefined();
  },
);

it("a name beyond ASCII cannot be written in a header", () => {
  expect(contentLocation("größe", "")).toBeUndefined();
});
