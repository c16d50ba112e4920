/** The site in a process of its own, asked by messages. It keeps real time; the process that asks need not. */
import { CAPTURE_SECRET, captureToken } from "../../../../demo/capture.ts";
import { askSchema, type DatabaseTarget } from "../../../../src/origin/ask-database.ts";
import { askWhoami } from "../../../../src/origin/ask-whoami.ts";
import { serve } from "../../workload/database/serve.ts";
import { userId } from "./schema.ts";
import { PUBLISHABLE_KEY, startSite, userToken } from "./site.ts";

const { sql, answer, url, stop } = await startSite();

const keeper: DatabaseTarget = {
  url: `${url}/rest/v1`,
  credentials: { apikey: PUBLISHABLE_KEY, authorization: `Bearer ${captureToken()}` },
  ...{ secret: CAPTURE_SECRET, exposedSchema: "public", anonRole: "anon", deadlineMs: 30_000 },
};

/** Of what all may see, anybody's token shows it. The trace's own tokens end in virtual time, so they are not used. */
const tokenOf = (user: string | null) =>
  userToken(user === null ? 1 : Number(user.slice(userId(0).lastIndexOf("-") + 1)));

const headersOf = (user: string | null) => ({
  apikey: PUBLISHABLE_KEY,
  authorization: `Bearer ${tokenOf(user)}`,
});

serve({
  ...{ sql, answer, stop },
  headersOf,
  async described(question) {
    if (question.kind === "schema") return JSON.stringify(await askSchema(keeper, question.question));
    const { user, paths } = question;
    return JSON.stringify(await askWhoami(keeper, tokenOf(user), paths));
  },
});
