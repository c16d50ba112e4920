import { describe, expect, it } from "vitest";
import { compareClients } from "./compare.ts";
import { READERS, ROUTES } from "./figures.ts";

describe("supabase-js, straight and through the gateway", () => {
  it("reads by each route with each number of readers, and gets the database's rows", async () => {
    const { routes } = await compareClients({ rounds: 1, sliceMs: 1 }, () => {});
    expect(routes.map(({ route, readers }) => [route, readers])).toEqual(
      READERS.flatMap((readers) => ROUTES.map((route) => [route, readers])),
    );
    for (const { checked, readers } of routes) expect(checked).toBeGreaterThanOrEqual(readers);
    // Those of the other routes say how they were answered, for which a busy machine may be too slow.
    expect(routes.filter(({ route }) => route === "straight").map(({ firstWrong }) => firstWrong)).toEqual([
      null,
      null,
    ]);
  });
});
