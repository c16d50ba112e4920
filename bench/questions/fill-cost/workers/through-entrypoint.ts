import { json, pathOf, type StepsEnv, stepsOf } from "./steps.ts";

/** The same through a Durable Object and the entrypoint that asks the origin for it, checks and hashes the answer. */
export default {
  async fetch(request: Request, env: StepsEnv): Promise<Response> {
    const { body } = await stepsOf(env).bareAsk(pathOf(request));
    return json(body);
  },
};
