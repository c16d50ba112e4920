import { roleToken } from "../../../../demo/capture.ts";
import { firstTeams, USERS, userId } from "../database/schema.ts";
import { forgedToken, userToken } from "../database/site.ts";

/** A request of a flood. */
interface Asked {
  readonly path: string;
  readonly token: string;
  /** The client's address. */
  readonly from: string;
}

export interface Flood {
  readonly name: string;
  /** The `n`th of them. */
  readonly request: (n: number) => Asked;
}

const userOf = (n: number) => 1 + (n % USERS);
const manyOf = (n: number) => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
const ONE = "192.0.2.1";

function notesOf(user: number): string {
  return `/rest/v1/notes?select=id,title&team_id=eq.${firstTeams(user)[0]}&order=id.desc&limit=20`;
}

const ended = (n: number) =>
  roleToken("authenticated", { sub: userId(userOf(n)), session_id: String(n), exp: 1_700_000_000 + n });

/** Every flood has tokens of its own, so that none has met the others'. */
export const FLOODS: readonly Flood[] = [
  {
    name: "distinct tokens, a read each",
    request: (n) => ({
      path: notesOf(userOf(n)),
      token: userToken(userOf(n), 1_000_000 + n),
      from: manyOf(n),
    }),
  },
  {
    name: "the same by one client",
    request: (n) => ({ path: notesOf(userOf(n)), token: userToken(userOf(n), 2_000_000 + n), from: ONE }),
  },
  {
    name: "twenty tokens, in turn",
    request(n) {
      const user = 1 + (n % 20);
      const isOwn = Math.floor(n / 20) % 2 === 0;
      return {
        path: isOwn ? notesOf(user) : `/rest/v1/articles?select=id,title&id=eq.${1 + (n % 10)}`,
        token: userToken(user, 3_000_000),
        from: manyOf(user),
      };
    },
  },
  {
    name: "forged tokens, a read each",
    request: (n) => ({
      path: notesOf(userOf(n)),
      token: forgedToken(userOf(n), 4_000_000 + n),
      from: manyOf(n),
    }),
  },
  {
    name: "one forged token",
    request: (n) => ({ path: notesOf(userOf(n)), token: forgedToken(1, 5_000_000), from: manyOf(n) }),
  },
  {
    name: "ended tokens, a read each",
    request: (n) => ({ path: notesOf(userOf(n)), token: ended(n), from: manyOf(n) }),
  },
];
