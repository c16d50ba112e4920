import { libraryKeeper } from "../../../../fence/library-fence.ts";
import { d1Changes } from "../../../../rows/sources/d1-changes.ts";

export const Keeper = libraryKeeper((env: { readonly DB: D1Database }) => d1Changes(env.DB));

export default { fetch: () => new Response() };
