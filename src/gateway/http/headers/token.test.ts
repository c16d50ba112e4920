import { expect, it } from "vitest";
import { parseToken, printToken } from "./token.ts";

it("I6. a token names a position, whatever dots its generation has", () => {
  const position = { generation: "incarnation.2.hash.schema", mark: 41 };
  expect(parseToken(printToken(position))).toEqual(position);
});

it.each(["", ".", "7", "g.", ".7", "g.x", "g.-1", "g.1e3", `g.${"9".repeat(16)}`, `${"g".repeat(300)}.1`])(
  "%j names none",
  (token) => expect(parseToken(token)).toBeUndefined(),
);
