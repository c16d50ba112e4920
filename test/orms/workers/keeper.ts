import { libraryKeeper } from "../../../src/fence/library-fence.ts";
import { d1Changes } from "../../../src/rows/sources/d1-changes.ts";

export const Keeper = libraryKeeper((env: { readonly CAPTURED: D1Database }) => d1Changes(env.CAPTURED));

export default { fetch: () => new Response() };
