import { json, pathOf, type StepsEnv } from "./steps.ts";

/** One request of the origin, and nothing else. */
export default {
  async fetch(request: Request, { SUPABASE_URL }: StepsEnv): Promise<Response> {
    return json(await (await fetch(SUPABASE_URL + pathOf(request))).arrayBuffer());
  },
};
