import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { type RawAnswer, rawRequest, sendRaw } from "../../testing/gateway/raw-http.ts";
import { PUBLISHABLE_KEY, startWorld, type World } from "../../testing/gateway/stack.ts";

export const KEY = `apikey: ${PUBLISHABLE_KEY}`;
export const TARGET = "/rest/v1/articles?select=id,title&id=eq.1";

/** Reads of a gateway that are sent byte by byte, so that they need be no HTTP that a client would send. */
export interface RawReads {
  readonly world: World;
  get(target: string | Buffer, headers?: string[]): Promise<RawAnswer>;
}

/**
 * Starts a gateway for the tests of a file. After each test a normal read must still get Supabase's own answer, from the
 * cache too, whatever the test has sent.
 */
export function rawReads(): RawReads {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(() => world?.stop());

  afterEach(async () => {
    const truth = await world.direct(TARGET);
    for (let round = 0; round < 2; round++) {
      const answer = await world.read(TARGET);
      expect(answer.status).toBe(200);
      expect(answer.body.equals(truth.body)).toBe(true);
    }
  });

  return {
    get world() {
      return world;
    },
    get: (target, headers = [KEY]) =>
      sendRaw(
        world.gateway.url,
        Buffer.concat([
          Buffer.from("GET "),
          Buffer.from(target),
          Buffer.from(rawRequest(" HTTP/1.1", headers)),
        ]),
      ),
  };
}

export const jsonOf = (answer: RawAnswer) => JSON.parse(answer.body.toString());
