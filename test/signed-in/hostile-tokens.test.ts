import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ADA, BORIS } from "../../demo/readers.ts";
import { rawRequest, sendRaw } from "../../testing/gateway/raw-http.ts";
import { type Answer, ask, PUBLISHABLE_KEY, type Stack, startStack } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";
import { Asked } from "./asked.ts";
import {
  article,
  audiencesConfig,
  BOOKMARKS,
  bearing,
  IN_AN_HOUR,
  idsOf,
  isHit,
  type Person,
  signed,
  signIn,
} from "./people.ts";

const LEDGER = "/rest/v1/ledger?select=id,tenant&order=id";
const TENANTS = ["9007199254740991", "9007199254740992", "9007199254740993"];

let stack: Stack;
let asked: Asked;
let ada: Person;

beforeAll(async () => {
  stack = await startStack({
    changes: "pulled",
    config: { ...audiencesConfig, tables: { ...audiencesConfig.tables, ledger: { freshness: "1h" } } },
    sql: `
      create role editor nologin;
      grant usage on schema public, auth to editor;
      grant select on articles, bookmarks to editor;
      create policy edited on articles for select to editor using (true);
      create table ledger (id int primary key, tenant bigint not null);
      insert into ledger values ${TENANTS.map((tenant, n) => `(${n + 1}, ${tenant})`).join(", ")};
      alter table ledger enable row level security;
      create policy of_tenant on ledger for select to authenticated
        using (tenant = ((select auth.jwt()) ->> 'tenant')::bigint);
      select tidemark.watch('ledger');
    `,
  });
  asked = new Asked(stack);
  ada = await signIn(stack, ADA);
  await ada.readUntilHit(BOOKMARKS);
  await ada.readUntilHit(article(1));
});

afterAll(() => stack?.stop());
beforeEach(() => asked.reset());

const ROUNDS = 4;
const who = { role: "authenticated", sub: ADA.id, exp: IN_AN_HOUR };
const seconds = (fromNow: number) => Math.floor(Date.now() / 1_000) + fromNow;

/** Reads several times, and expects each answer to be the database's own, and none from the cache. */
async function expectPassed(target: string, headers: Record<string, string>): Promise<readonly Answer[]> {
  const direct = await stack.direct(target, { headers });
  const answers: Answer[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const answer = await stack.read(target, { headers });
    expect(answer.cacheStatus).toMatch(/^tidemark; fwd=bypass; detail=/);
    expect(answer.status).toBe(direct.status);
    expect(answer.body.toString()).toBe(direct.body.toString());
    answers.push(answer);
  }
  return answers;
}

const authorized = (token: string) => bearing(token).headers;

describe("S1. a token that the database does not accept passes through, and is never asked about", () => {
  it.each<[string, () => string | Promise<string>]>([
    ["forged", async () => (await ada.token()).replace(/\.[^.]{4}([^.]*)$/, ".AAAA$1")],
    [
      "with other claims under her signature",
      async () => {
        const [header, , signature] = (await ada.token()).split(".");
        return `${header}.${Buffer.from(JSON.stringify({ ...who, sub: BORIS.id })).toString("base64url")}.${signature}`;
      },
    ],
    ["signed by another key", () => signed(who).replace(/[^.]*$/, Buffer.alloc(32, 7).toString("base64url"))],
    ["alg: none", () => signed(who, { alg: "none", typ: "JWT" }).replace(/[^.]*$/, "")],
    ["alg: none, with a signature", () => signed(who, { alg: "none", typ: "JWT" })],
    ["expired", () => signed({ ...who, exp: seconds(-3_600) })],
    ["not yet valid", () => signed({ ...who, nbf: IN_AN_HOUR })],
    ["issued in an hour", () => signed({ ...who, iat: IN_AN_HOUR })],
    ["an end that is null", () => signed({ ...who, exp: null })],
    ["an end that is text", () => signed({ ...who, exp: "4102444800" })],
    ["no JSON", () => signed("{")],
    ["an array", () => signed("[1]")],
    ["two parts", () => "a.b"],
    ["no parts", () => "secret"],
    ["many parts", () => ".".repeat(5_000)],
    ["a role that does not exist", () => signed({ ...who, role: "nobody_at_all" })],
    ["a role that is an array", () => signed({ ...who, role: ["authenticated"] })],
    ["a role that is a number", () => signed({ ...who, role: 1 })],
    ["a role in upper case", () => signed({ ...who, role: "AUTHENTICATED" })],
  ])("%s", async (_, make) => {
    const token = await make();
    for (const target of [BOOKMARKS, article(1)]) {
      const answers = await expectPassed(target, authorized(token));
      for (const { status } of answers) expect(status).toBeGreaterThanOrEqual(400);
    }
    expect(asked.whoami()).toBe(0);
  });
});

describe("S1. a token that the database accepts, but that says too little or too much", () => {
  it.each<[string, () => object]>([
    ["without an end", () => ({ ...who, exp: undefined })],
    ["an end that is no integer", () => ({ ...who, exp: IN_AN_HOUR + 0.5 })],
    ["past its end, within PostgREST's leeway", () => ({ ...who, exp: seconds(-1) })],
    ["no role", () => ({ ...who, role: undefined })],
    ["an empty role", () => ({ ...who, role: "" })],
    ["the role none", () => ({ ...who, role: "none" })],
    ["the role anon", () => ({ ...who, role: "anon" })],
    ["the role service_role", () => ({ ...who, role: "service_role" })],
    ["a role that is not listed", () => ({ ...who, role: "editor" })],
  ])("%s", async (_, payload) => {
    const token = signed(payload());
    for (const target of [BOOKMARKS, article(1), article(2)]) {
      await expectPassed(target, authorized(token));
      // Also once the database has said who it is.
      await expectPassed(target, authorized(token));
    }
    expect(asked.whoami(token)).toBe(1);
  });

  it("S2. a token is not served a moment past its end, however often it was before", async () => {
    let lifetime = 2;
    const { end, token } = await until("a token is shared for before it ends", async () => {
      lifetime *= 2; // on a busy machine it may end sooner
      const end = seconds(lifetime);
      const token = signed({ ...who, exp: end });
      let answer: Answer;
      do answer = await stack.read(BOOKMARKS, bearing(token));
      while (!isHit(answer) && Date.now() < end * 1_000);
      return isHit(answer) && { end, token };
    });
    const late: string[] = [];
    await until("the token has ended", async () => {
      const begun = Date.now();
      const answer = await stack.read(BOOKMARKS, bearing(token));
      if (begun >= end * 1_000 && isHit(answer)) late.push(answer.cacheStatus);
      return begun >= end * 1_000 && answer.cacheStatus.endsWith("detail=token-expired");
    });
    expect(late).toEqual([]);
    // She herself reads on.
    expect(idsOf((await ada.readUntilHit(BOOKMARKS))[0] as Answer)).toHaveLength(6);
  });
});

describe("S6. odd claims never bring two readers together", () => {
  it.each<[string, string]>([
    ["no uuid", JSON.stringify({ ...who, sub: "' or true --" })],
    ["a number", JSON.stringify({ ...who, sub: 1 })],
    ["an object", JSON.stringify({ ...who, sub: { id: ADA.id } })],
    ["an array", JSON.stringify({ ...who, sub: [ADA.id] })],
    ["null", JSON.stringify({ ...who, sub: null })],
    ["missing", JSON.stringify({ ...who, sub: undefined })],
    ["true", JSON.stringify({ ...who, sub: true })],
    ["empty", JSON.stringify({ ...who, sub: "" })],
    ["upper case", JSON.stringify({ ...who, sub: ADA.id.toUpperCase() })],
    ["\\u0000", JSON.stringify({ ...who, sub: `${ADA.id}\u0000` })],
    ["\\u0000 beside it", JSON.stringify({ ...who, email: "a\u0000b" })],
    ["half of a surrogate pair", JSON.stringify({ ...who }).replace('"exp"', '"email":"\\ud800","exp"')],
    [
      "twice, hers first",
      `{"role":"authenticated","exp":${IN_AN_HOUR},"sub":"${ADA.id}","sub":"${BORIS.id}"}`,
    ],
    [
      "twice, hers last",
      `{"role":"authenticated","exp":${IN_AN_HOUR},"sub":"${BORIS.id}","sub":"${ADA.id}"}`,
    ],
    [
      "in another place",
      JSON.stringify({ ...who, sub: undefined, "request.jwt.claim.sub": ADA.id, user: ADA.id }),
    ],
  ])("sub is %s", async (_, payload) => {
    const token = signed(payload);
    for (const target of [BOOKMARKS, article(1)]) {
      const direct = await stack.direct(target, bearing(token));
      for (let round = 0; round < ROUNDS; round++) {
        const answer = await stack.read(target, bearing(token));
        expect([answer.status, answer.body.toString()]).toEqual([direct.status, direct.body.toString()]);
      }
    }
    expect(idsOf(await ada.read(BOOKMARKS))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("numbers that JavaScript cannot tell apart are different tenants", async () => {
    const tokens = TENANTS.map((tenant) =>
      signed(JSON.stringify({ ...who, tenant: 0 }).replace('"tenant":0', `"tenant":${tenant}`)),
    );
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all(tokens.map((token) => stack.read(LEDGER, bearing(token))));
      expect(answers.map(idsOf)).toEqual([[1], [2], [3]]);
    }
    // The same number in another spelling is another claim, or the same one: never another's row.
    const spelt = signed(JSON.stringify({ ...who, tenant: TENANTS[1] }));
    for (let round = 0; round < ROUNDS; round++)
      expect(idsOf(await stack.read(LEDGER, bearing(spelt)))).toEqual([2]);
  });
});

describe("what is not one token in one header", () => {
  it("two Authorization headers give nothing that the database does not give", async () => {
    const boris = await signIn(stack, BORIS);
    const lines = [await ada.token(), await boris.token()].map((token) => `Authorization: Bearer ${token}`);
    for (const order of [lines, [...lines].reverse()]) {
      for (let round = 0; round < ROUNDS; round++) {
        const headers = [`apikey: ${PUBLISHABLE_KEY}`, ...order];
        const answer = await sendRaw(stack.gateway.url, rawRequest(`GET ${BOOKMARKS} HTTP/1.1`, headers));
        expect(answer.header("cache-status")).toMatch(/^tidemark; fwd=bypass; detail=/);
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.status).toBeLessThan(500);
      }
    }
    expect(asked.whoami()).toBe(0);
  });

  it.each(["access_token", "authorization", "token", "jwt", "apikey"])(
    "a token in the query as %s is not read",
    async (name) => {
      const target = `${article(1)}&${name}=${await ada.token()}`;
      const direct = await stack.direct(target);
      for (let round = 0; round < ROUNDS; round++) {
        const answer = await stack.read(target);
        expect(isHit(answer)).toBe(false);
        expect([answer.status, answer.body.toString()]).toEqual([direct.status, direct.body.toString()]);
      }
      expect(asked.whoami()).toBe(0);
    },
  );

  it("another scheme, and a token that is spelt otherwise, give nothing that the database does not give", async () => {
    const token = await ada.token();
    for (const authorization of [
      `Basic ${token}`,
      token,
      `Bearer`,
      `Bearer `,
      `Bearer ${token},`,
      `Bearer ${token} x`,
    ]) {
      await expectPassed(BOOKMARKS, { apikey: PUBLISHABLE_KEY, authorization });
    }
  });

  it("a token of 100 KB is no fault of ours", async () => {
    const token = signed({ ...who, padding: "x".repeat(75_000) });
    expect(token.length).toBeGreaterThan(100_000);
    for (let round = 0; round < ROUNDS; round++) {
      const answer = await ask(stack.gateway.url + BOOKMARKS, bearing(token)).catch(() => undefined);
      expect(isHit(answer)).toBe(false);
      // The database's server takes no such header.
      if (answer !== undefined) expect([400, 401, 413, 414, 431]).toContain(answer.status);
    }
    expect(asked.whoami()).toBe(0);
  });
});
