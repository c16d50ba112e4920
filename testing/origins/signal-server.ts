import { createServer, type ServerResponse } from "node:http";
import { listening } from "./listening.ts";

/** A switch that Workers wait for: its URL answers once the test has fired it. */
export interface Signal {
  readonly url: string;
  /** Resolves when a Worker waits. */
  readonly awaited: Promise<void>;
  fire(): void;
}

export interface SignalServer {
  signal(): Signal;
  stop(): Promise<void>;
}

export async function startSignalServer(): Promise<SignalServer> {
  const states: { fired: boolean; waiting: ServerResponse[]; awaited: () => void }[] = [];
  const server = createServer((request, response) => {
    const state = states[Number(request.url?.slice(1))];
    state?.awaited();
    if (!state || state.fired) response.end("fired");
    else state.waiting.push(response);
  });
  const { url, stop } = await listening(server);
  return {
    signal() {
      const { promise, resolve } = Promise.withResolvers<void>();
      const state = { fired: false, waiting: [] as ServerResponse[], awaited: resolve };
      states.push(state);
      return {
        url: `${url}/${states.length - 1}`,
        awaited: promise,
        fire() {
          state.fired = true;
          for (const response of state.waiting.splice(0)) response.end("fired");
        },
      };
    },
    stop,
  };
}
