import { isSeeding, type Seed, seedOf } from "./seed.ts";

const answers = new Map<string, Seed>();
let characters = 0;

/** The bare Map, after a look at each header: the least work of a Worker that must not overlook one. */
export default {
  async fetch(request: Request): Promise<Response> {
    if (isSeeding(request)) {
      answers.set(request.url, await seedOf(request));
      return new Response(null, { status: 204 });
    }
    for (const [name, value] of request.headers) characters += name.length + value.length;
    const answer = answers.get(request.url);
    if (answer === undefined)
      return new Response(null, { status: 404, headers: { read: String(characters) } });
    return new Response(answer.body, { headers: answer.headers });
  },
};
