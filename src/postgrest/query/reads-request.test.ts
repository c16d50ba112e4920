import { expect, test } from "vitest";
import type { Declared } from "../footprint/footprint.ts";
import { footprintOf } from "../footprint/footprint-of.ts";
import { parseSchema } from "../schema/parse-schema.ts";
import { parseQuery } from "./parse.ts";

const column = {
  ...{ type: "int4", family: "base", notNull: true, plainCollation: true, exact: true, generated: "no" },
};

/** How a read is treated if its table's policies read this part of the request. */
function bypassOf(request: readonly string[], declared: Partial<Declared> = {}): string | undefined {
  const reads = { relations: {}, policies: [], caveats: [], request, claims: [], calls: {} };
  const schema = parseSchema(
    JSON.stringify({ "public.t": { kind: "table", columns: { id: column }, computed: {}, reads } }),
  );
  const read = { schema: "public", relation: "t", search: "" };
  const tables = new Set(["public.t"]);
  const result = footprintOf(
    read,
    parseQuery("t", ""),
    { tables, dependsOn: new Map(), ...declared },
    schema,
  );
  return "bypass" in result ? result.bypass : undefined;
}

test("I8. a query that reads a header outside the key is bypassed", () => {
  const keyedHeaders = new Set(["cf-ipcountry"]);
  expect(bypassOf(["header cf-ipcountry"])).toBe("reads-request");
  expect(bypassOf(["header cf-ipcountry"], { keyedHeaders })).toBeUndefined();
  expect(bypassOf(["header cf-ipcountry", "header user-agent"], { keyedHeaders })).toBe("reads-request");
  expect(bypassOf(["request.headers"], { keyedHeaders })).toBe("reads-request");
  expect(bypassOf([])).toBeUndefined();
});

test("I8. dependsOn overrides what is suspected of a function, not what is known", () => {
  const dependsOn = new Map([["public.t", []]]);
  expect(bypassOf(["public.f()"])).toBe("reads-request");
  expect(bypassOf(["public.f()"], { dependsOn })).toBeUndefined();
  expect(bypassOf(["request.method"], { dependsOn })).toBe("reads-request");
});
