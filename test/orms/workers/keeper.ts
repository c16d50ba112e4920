import { DurableObject } from "cloudflare:workers";

export class Keeper extends DurableObject {}
export default { fetch: () => new Response() };
