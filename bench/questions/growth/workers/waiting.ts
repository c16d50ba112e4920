interface Env {
  readonly ORIGIN_MS: string;
}

/** Waits and answers: what a crowd costs this machine, whatever is behind it. */
export default {
  async fetch(_request: Request, { ORIGIN_MS }: Env): Promise<Response> {
    await new Promise((resolve) => setTimeout(resolve, Number(ORIGIN_MS)));
    return new Response("[]", { headers: { "content-type": "application/json" } });
  },
};
