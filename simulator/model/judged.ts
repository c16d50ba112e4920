import { PEOPLE } from "../database/people.ts";
import { QUERIES } from "../database/queries.ts";
import { answerNumber, SIGNED_IN_QUERIES } from "../database/signed-in-queries.ts";
import type { Transition } from "../database/truth.ts";
import type { Conditions } from "./conditions.ts";

/** A read as somebody asks for it: what a body given to them is held against. */
export interface Judged {
  readonly path: string;
  /** The transitions that a body does not show, in order of time; null if it was never the answer to this read. */
  readonly lacks: (body: string) => readonly Transition[] | null;
}

const decoder = new TextDecoder();

/** A body as it is judged. Whoever judges it again and again decodes it once. */
export function textOf(body: ArrayBuffer): string {
  return decoder.decode(body);
}

/** With the project's key. */
export function judgedQuery({ truth }: Conditions, query: number): Judged {
  const path = QUERIES[query]?.read.path ?? "?";
  return { path, lacks: (body) => truth.lacks(query, body) };
}

/** With a token of this person's. */
export function judgedPerson({ signedInTruth }: Conditions, query: number, person: number): Judged {
  const number = answerNumber(query, person);
  const path = `${SIGNED_IN_QUERIES[query]?.search}, for person ${person},`;
  return { path, lacks: (body) => signedInTruth.lacks(number, body) };
}

const SIGNED_IN_PATHS = SIGNED_IN_QUERIES.map(({ search }) => `/rest/v1/${search}`);

/** Whether the key of an answer says that it is for those with certain claims (S9). */
export function isPersonal(key: string): boolean {
  return key.includes("#");
}

/**
 * Everybody who may get what is held under the key, as far as it tells.
 *
 * @param owner the digest of the only token that may; null: there are others
 */
export function judgedBy(conditions: Conditions, key: string, owner: string | null): readonly Judged[] {
  const query = QUERIES.findIndex(({ read }) => read.key === key);
  if (query >= 0) return [judgedQuery(conditions, query)];
  const words = key.split(" ");
  const asked = SIGNED_IN_PATHS.findIndex((path) => words.includes(path));
  const own = conditions.sessions.all().find(({ digest }) => digest === owner);
  if (own) return [judgedPerson(conditions, asked, own.person)];
  if (isPersonal(key)) return [];
  const sharing = [...PEOPLE.keys()].filter((person) => key.endsWith(` ${PEOPLE[person]?.role}`));
  return sharing.map((person) => judgedPerson(conditions, asked, person));
}
