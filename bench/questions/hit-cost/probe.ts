import { request as httpRequest } from "node:http";
import type { ClientRequest } from "./client.ts";

/** An answer, as far as preparing needs it; names of headers in lower case. */
export interface Seen {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

const PATIENCE_MS = 20_000;
const PAUSE_MS = 50;

/** One answer, by Node's own client, which sends headers unchanged where `fetch` would add and refuse some. */
export function answerOf(url: string, { target, headers }: ClientRequest): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const asking = httpRequest(url + target, { headers: { ...headers, connection: "close" } }, (response) => {
      response.resume();
      response.on("error", reject);
      response.on("end", () => {
        const entries = Object.entries(response.headers).map(([name, value]): [string, string] => [
          name,
          String(value),
        ]);
        resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(entries) });
      });
    });
    asking.on("error", reject);
    asking.end();
  });
}

/** Repeats the request until the answer is the expected one, because the keeper's alarm writes to KV. */
export async function until(
  hope: string,
  ask: () => Promise<Seen>,
  isIt: (seen: Seen) => boolean,
): Promise<Seen> {
  const begun = performance.now();
  for (;;) {
    const seen = await ask();
    if (isIt(seen)) return seen;
    if (performance.now() - begun > PATIENCE_MS) {
      throw new Error(
        `waited ${PATIENCE_MS / 1_000} s for ${hope}; last: ${seen.status} ${JSON.stringify(seen.headers)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
