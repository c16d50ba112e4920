import type { Stack } from "../../testing/gateway/stack.ts";

/** What reached the database, and with whose token. */
export class Asked {
  #requests: { readonly target: string; readonly token: string }[] = [];

  constructor({ origin }: Pick<Stack, "origin">) {
    origin.instead = (request) => {
      const { pathname, search } = new URL(request.url);
      const token = request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "";
      this.#requests.push({ target: decodeURIComponent(pathname + search), token });
      return undefined;
    };
  }

  reset(): void {
    this.#requests = [];
  }

  /** How often this was read, by anybody or with one token. */
  reads(target: string, token?: string): number {
    const wanted = decodeURIComponent(target);
    return this.#requests.filter((each) => each.target === wanted && (token ?? each.token) === each.token)
      .length;
  }

  /** How often the database was asked who shows a token. */
  whoami(token?: string): number {
    return this.#requests.filter(
      (each) => each.target.endsWith("/rpc/tidemark_whoami") && (token ?? each.token) === each.token,
    ).length;
  }

  /** How often the database was asked in all, without what the keeper asks for itself. */
  get total(): number {
    return this.#requests.filter(({ target }) => !/\/rpc\/tidemark_(?!whoami)/.test(target)).length;
  }
}
