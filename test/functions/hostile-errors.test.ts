import { afterAll, beforeAll, expect, it } from "vitest";
import { type Stack, startStack } from "../../testing/gateway/stack.ts";

let stack: Stack;

// Nothing changes here, so that what is stored is a hit on any machine.
const lasting = { freshness: "1h", dependsOn: [], claims: [] } as const;

beforeAll(async () => {
  stack = await startStack({
    changes: "pulled",
    config: {
      tables: { articles: true },
      functions: {
        raises: lasting,
        tells: lasting,
        a_number: lasting,
        a_row: lasting,
        no_row: lasting,
        an_object: lasting,
      },
    },
    sql: `
      create function raises() returns int language plpgsql stable as $$
        begin raise sqlstate 'PT200' using message = 'for ' || coalesce(auth.uid()::text, 'nobody'); end $$;
      create function tells() returns int language plpgsql stable as $$
        begin raise sqlstate 'PGRST' using message = '{"code":"own","message":"m"}',
          detail = '{"status":200,"headers":{"x-own":"1"}}'; end $$;
      create function a_number() returns int language plpgsql stable as 'begin return 1; end';
      create function an_object() returns json language plpgsql stable as $$begin return '{"code":"PT200"}'; end$$;
      create function a_row() returns articles language plpgsql stable as $$
        declare a articles; begin select * into a from articles order by id limit 1; return a; end $$;
      create function no_row() returns text language plpgsql stable as 'begin return null; end';`,
  });
});

afterAll(() => stack?.stop());

it.each(["raises", "tells"])(
  "S7. an error that the function gives the status 200 is not stored: %s",
  async (name) => {
    for (const init of [
      {},
      { method: "POST", body: "{}", headers: { "content-type": "application/json" } },
    ]) {
      for (const _ of [1, 2, 3]) {
        const answer = await stack.read(`/rest/v1/rpc/${name}`, init);
        const direct = await stack.direct(`/rest/v1/rpc/${name}`, init);
        expect(answer.cacheStatus).not.toMatch(/hit|stored/);
        expect(answer.status).toBe(direct.status);
        expect(answer.body.toString()).toBe(direct.body.toString());
        expect(answer.headers.get("x-own")).toBe(direct.headers.get("x-own"));
      }
    }
  },
);

it.each(["a_number", "a_row", "no_row", "an_object"])(
  "I1. a result that looks like one is: %s",
  async (name) => {
    await stack.read(`/rest/v1/rpc/${name}`);
    const answer = await stack.read(`/rest/v1/rpc/${name}`);
    expect(answer.cacheStatus).toMatch(/^tidemark; hit/);
  },
);
