import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A switch that Workers wait for: its URL answers once the test has fired it. */
export interface Signal {
  readonly url: string;
  /** Resolves when somebody waits. */
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
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    signal() {
      const { promise, resolve } = Promise.withResolvers<void>();
      const state = { fired: false, waiting: [] as ServerResponse[], awaited: resolve };
      states.push(state);
      return {
        url: `http://127.0.0.1:${port}/${states.length - 1}`,
        awaited: promise,
        fire() {
          state.fired = true;
          for (const response of state.waiting.splice(0)) response.end("fired");
        },
      };
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
