import { json, pathOf, type StepsEnv, stepsOf } from "./steps.ts";

/** The same after a look into KV that finds nothing. */
export default {
  async fetch(request: Request, env: StepsEnv): Promise<Response> {
    const path = pathOf(request);
    await env.KV.getWithMetadata(path.slice(0, 400), "arrayBuffer");
    const { body } = await stepsOf(env).bareAsk(path);
    return json(body);
  },
};
