import { DurableObject } from "cloudflare:workers";

/** An empty Durable Object: tests borrow its storage (real SQLite) for the classes they try. */
export class Scratch extends DurableObject {}

export default {
  fetch(): Response {
    return new Response("tests only");
  },
};
