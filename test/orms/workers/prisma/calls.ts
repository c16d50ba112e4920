// What `tidemark/prisma` asks of a driver, by the real client in workerd. Each scenario gives what its test looks at.

import { PrismaD1 } from "@prisma/adapter-d1";
import { PrismaClient } from "../../prisma/generated/client.ts";
import { TABLES } from "../../prisma/tables.ts";
import type { Bindings } from "../env.ts";
import { answering } from "./calls-answering.ts";
import { asking } from "./calls-asking.ts";
import { type Scenarios, setUp } from "./calls-world.ts";

const scenarios: Scenarios = { ...asking, ...answering };

let ready: Promise<void> | undefined;

async function fill(database: D1Database): Promise<void> {
  for (const statement of TABLES) await database.prepare(statement).run();
  const prisma = new PrismaClient({ adapter: new PrismaD1(database) });
  const at = new Date("2026-01-02T03:04:05.678Z");
  for (const name of ["Ann", "Ben"]) {
    await prisma.author.create({
      data: {
        name,
        email: `${name}@example.org`,
        posts: { create: { slug: name, language: "en", title: name, at, tags: { create: { name } } } },
      },
    });
  }
}

export default {
  async fetch(request: Request, env: Bindings): Promise<Response> {
    const name = new URL(request.url).pathname.slice(1);
    try {
      ready ??= fill(env.PLAIN);
      await ready;
      return Response.json((await scenarios[name]?.(await setUp(env.PLAIN), env.PLAIN)) ?? null);
    } catch (error) {
      return new Response(String((error as Error).stack), { status: 500 });
    }
  },
};
