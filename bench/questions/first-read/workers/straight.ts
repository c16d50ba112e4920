/** The same request to the origin, and nothing else: what a Worker that has just started takes without us. */
export default {
  async fetch(request: Request, { SUPABASE_URL }: { readonly SUPABASE_URL: string }): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    return fetch(SUPABASE_URL + pathname + search, { headers: request.headers });
  },
};
