import type { Random } from "../random.ts";

/** Somebody who asks, by the token's claims. */
export interface Person {
  readonly role: string;
  /** JSON text of the claims as PostgREST sets them: members sorted, each once. */
  readonly claims: string;
}

/** `00000000-0000-4000-8000-00000000000n` */
export function userId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}

export const USERS = 6;

/** Numbers that JavaScript cannot tell apart, and other odd ones. */
const ORG_IDS = ["1", "2", "9007199254740992", "9007199254740993", "1.0", '"2"', '"two"', "null", "{}"];
const TENANTS = ['"red"', '"blue"', '"\\u00e9"', '""', "7", "true"];

/** A person with a session of their own. Two of one user differ in what a refresh changes, at least. */
export function person(random: Random, number: number): Person {
  const user = number % USERS;
  const role = random.chance(0.85) ? "authenticated" : "staff";
  const members: Record<string, string> = {
    ...(random.chance(0.95) && { sub: JSON.stringify(userId(user)) }),
    role: JSON.stringify(role),
    exp: String(4_000_000_000 + random.below(1_000)),
    iat: String(1_700_000_000 + random.below(1_000)),
    session_id: JSON.stringify("s".repeat(1 + random.below(4))),
    ...(random.chance(0.7) && { tenant: TENANTS[user % 2] ?? "" }),
    ...(random.chance(0.1) && { tenant: random.pick(TENANTS) }),
    ...(random.chance(0.5) && { email: JSON.stringify(`u${user}@example.com`) }),
    ...(random.chance(0.8) && { aal: random.pick(['"aal1"', '"aal2"']) }),
    ...(random.chance(0.3) && { is_anonymous: random.pick(["true", "false"]) }),
    ...(random.chance(0.5) && { amr: '[{"method":"password"}]' }),
    ...(random.chance(0.8) && { app_metadata: metadata(random, user) }),
  };
  const sorted = Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1));
  return { role, claims: `{${sorted.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}` };
}

function metadata(random: Random, user: number): string {
  const orgId = random.chance(0.7) ? String((user % 2) + 1) : random.pick(ORG_IDS);
  const tenant = random.chance(0.7) ? TENANTS[user % 2] : random.pick(TENANTS);
  return `{"org_id":${orgId},"tenant":${tenant}}`;
}
