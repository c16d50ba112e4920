import { d1Changes } from "../../../src/drivers/d1/d1.ts";
import { libraryKeeper } from "../../../src/fence/library-fence.ts";

export const Keeper = libraryKeeper((env: { readonly CAPTURED: D1Database }) => d1Changes(env.CAPTURED));

export default { fetch: () => new Response() };
