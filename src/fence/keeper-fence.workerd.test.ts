import { expect, it } from "vitest";
import { keeperFence } from "./library-fence.ts";

it("a keeper's binding that is not there is refused, with where to look", () => {
  expect(() => keeperFence(undefined as never)).toThrow("binding: undefined; is it in wrangler.jsonc?");
});
