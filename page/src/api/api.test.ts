import { describe, expect, it } from "vitest";
import { Api, Refusal } from "./api.ts";
import { Pace } from "./pace.ts";

/** An API whose gateway answers so, and the requests that it got. */
function apiOf(answer: () => Response | Promise<Response>) {
  const requests: Request[] = [];
  const api = new Api("s3cret", async (url, init) => {
    requests.push(new Request(new URL(url, "https://gateway.example"), init));
    return answer();
  });
  return { api, requests };
}

describe("an admin endpoint, asked", () => {
  it("gets the secret in its header, and nowhere else", async () => {
    const { api, requests } = apiOf(() => Response.json({ a: 1 }));
    expect(await api.get("entries", { search: "a&b", sort: "", limit: "5" })).toEqual({ a: 1 });
    await api.post("purge", { all: true });
    const [get, post] = requests as [Request, Request];
    expect(get.url).toBe("https://gateway.example/_tidemark/entries?search=a%26b&limit=5");
    expect([get, post].map((each) => each.headers.get("authorization"))).toEqual([
      "Bearer s3cret",
      "Bearer s3cret",
    ]);
    expect([post.method, await post.text()]).toEqual(["POST", '{"all":true}']);
    expect(post.headers.get("content-type")).toBe("application/json");
    // A redirect could carry the secret elsewhere.
    expect(get.redirect).toBe("error");
  });

  it.each<[string, () => Response | Promise<Response>, Partial<Refusal>]>([
    [
      "a problem",
      () => Response.json({ code: "unauthorized", title: "No", detail: "Send it" }, { status: 401 }),
      { code: "unauthorized", status: 401, message: "No. Send it" },
    ],
    ["no answer", () => Promise.reject(new TypeError("network")), { code: "unreachable", status: 0 }],
    [
      "somebody else's page",
      () => new Response("<html>", { status: 200 }),
      { code: "unreadable", status: 200 },
    ],
    ["somebody else's error", () => Response.json({ message: "x" }, { status: 502 }), { code: "unreadable" }],
  ])("says what went wrong: %s", async (_, answer, refusal) => {
    const refused = await apiOf(answer)
      .api.get("stats")
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refusal);
    expect(refused).toMatchObject(refusal);
    expect(JSON.stringify(refused) + (refused as Error).message).not.toContain("s3cret");
  });
});

describe("an answer that does not come", () => {
  const unreachable = { code: "unreachable", status: 0 };

  it("is given up after a while", async () => {
    const api = new Api(
      "s3cret",
      (_, { signal }) =>
        new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
      1,
    );
    await expect(api.get("stats")).rejects.toMatchObject(unreachable);
  });

  it("is given up when it stops half way", async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new TypeError("gone")) });
    await expect(apiOf(() => new Response(body)).api.get("stats")).rejects.toMatchObject(unreachable);
  });

  it("is waited for as long as it takes if something is changed, which may have been done", async () => {
    const init: RequestInit[] = [];
    const api = new Api("s3cret", async (_, given) => {
      init.push(given);
      return Response.json({});
    });
    await api.post("purge", { all: true });
    expect(init.map(({ signal }) => signal)).toEqual([undefined]);
  });
});

describe("the pace of asking", () => {
  it("slows down when nobody has used the page for ten minutes, and not before", () => {
    const pace = new Pace(0);
    expect(pace.of(5_000, 599_999)).toBe(5_000);
    expect(pace.of(5_000, 600_000)).toBe(30_000);
    expect(pace.of(60_000, 600_000)).toBe(60_000);
    pace.used(600_000);
    expect(pace.of(5_000, 600_001)).toBe(5_000);
  });
});
