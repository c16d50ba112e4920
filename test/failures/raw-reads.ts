import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { type RawAnswer, rawRequest, sendRaw } from "../../testing/gateway/raw-http.ts";
import { PUBLISHABLE_KEY, type Stack, startStack } from "../../testing/gateway/stack.ts";

export const KEY = `apikey: ${PUBLISHABLE_KEY}`;
export const TARGET = "/rest/v1/articles?select=id,title&id=eq.1";

/** Reads as raw bytes, which need not be valid HTTP. */
export interface RawReads {
  readonly stack: Stack;
  get(target: string | Buffer, headers?: string[]): Promise<RawAnswer>;
}

/**
 * Starts a gateway for the tests of a file. After each test a normal read must still get Supabase's own answer, from
 * the cache, too.
 */
export function rawReads(): RawReads {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack();
  });

  afterAll(() => stack?.stop());

  afterEach(async () => {
    const truth = await stack.direct(TARGET);
    for (let round = 0; round < 2; round++) {
      const answer = await stack.read(TARGET);
      expect(answer.status).toBe(200);
      expect(answer.body.equals(truth.body)).toBe(true);
    }
  });

  return {
    get stack() {
      return stack;
    },
    get: (target, headers = [KEY]) =>
      sendRaw(
        stack.gateway.url,
        Buffer.concat([
          Buffer.from("GET "),
          Buffer.from(target),
          Buffer.from(rawRequest(" HTTP/1.1", headers)),
        ]),
      ),
  };
}

export const jsonOf = (answer: RawAnswer) => JSON.parse(answer.body.toString());
