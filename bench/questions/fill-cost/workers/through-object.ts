import { json, pathOf, type StepsEnv, stepsOf } from "./steps.ts";

/** The same through a Durable Object. */
export default {
  async fetch(request: Request, env: StepsEnv): Promise<Response> {
    return json(await stepsOf(env).bareFetch(pathOf(request)));
  },
};
