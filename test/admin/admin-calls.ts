import { afterAll, beforeAll, expect } from "vitest";
import { type Gateway, startGateway } from "../../demo/workerd.ts";
import {
  ADMIN_SECRET,
  type Answer,
  ask,
  settings,
  WEBHOOK_SECRET,
  workers,
} from "../../testing/gateway/stack.ts";

export const JSON_TYPE = { "content-type": "application/json" };
export const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

/** The settings of a gateway without an origin: admin endpoints do not ask it. */
export const SETTINGS = settings("http://127.0.0.1:1");

/** A webhook of a table that is configured. */
export const CHANGE = {
  type: "UPDATE",
  schema: "public",
  table: "articles",
  record: { id: 1 },
  old_record: { id: 1 },
};

export interface AdminCalls {
  readonly gateway: Gateway;
  /** With the secret that the path asks for. */
  post(
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers?: Record<string, string>,
  ): Promise<Answer>;
}

/** Starts a gateway for the tests of a file. */
export function adminCalls(): AdminCalls {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await startGateway({ entry: workers.plain, env: SETTINGS, onLog: () => {} });
  });

  afterAll(() => gateway?.stop());

  return {
    get gateway() {
      return gateway;
    },
    post(path, body, headers = {}) {
      const secret = path === "webhook" ? WEBHOOK_SECRET : ADMIN_SECRET;
      return ask(`${gateway.url}/_tidemark/${path}`, {
        method: "POST",
        headers: { ...JSON_TYPE, ...bearer(secret), ...headers },
        body,
      });
    },
  };
}

export function expectProblem(answer: Answer, status: number, code: string): void {
  expect(answer.json).toMatchObject({ status, code });
  expect(answer.status).toBe(status);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
}
