import type { Random } from "../random.ts";

/** A parameter of a made function, and how SQL spells its type. */
export interface Taken {
  readonly name: "team" | "label" | "ids" | "data" | "since";
  readonly type: string;
  readonly byDefault: string | null;
  readonly isVariadic: boolean;
}

export const TAKEN: readonly Taken[] = [
  { name: "team", type: "int", byDefault: "2", isVariadic: false },
  { name: "label", type: "text", byDefault: "'a'", isVariadic: false },
  { name: "data", type: "json", byDefault: "'{}'", isVariadic: false },
  { name: "since", type: "date", byDefault: "'2020-01-01'", isVariadic: false },
  { name: "ids", type: "int[]", byDefault: null, isVariadic: true },
];

/** What an argument does: each is a number. */
const BY_ARGUMENT: Readonly<Record<Taken["name"], string>> = {
  team: "(select count(*) from public.docs x where x.team_id = team)",
  label: "(select count(*) from public.docs x where x.title = label)",
  ids: "(select count(*) from public.docs x where x.id = any (ids))",
  data: "length(data::text)",
  since: "(since - '2020-01-01'::date)",
};

/** What functions do besides: numbers, and whether they are the same for a while if nothing changes. */
const SOURCES: readonly string[] = [
  "(select count(*) from public.docs)",
  "(select coalesce(sum(x.id), 0) from public.docs x where x.published)",
  "(select count(*) from public.notes n join public.docs x on x.id = n.doc_id)",
  "(select coalesce(sum(x.id), 0) from public.open_docs x)",
  "(select count(*) from public.my_docs)",
  "(select count(*) from public.docs x where x.owner = auth.uid())",
  "(select count(*) from public.memberships m join public.teams t on t.id = m.team_id where m.user_id = (select auth.uid()))",
  "(select count(*) from public.profiles x where x.role = 'admin')",
  "private.is_admin()::int",
  "private.is_member(1)::int",
  "(select count(*) from private.my_teams())",
  "coalesce(length(private.tenant()), 0)",
  "coalesce(length(auth.jwt() ->> 'tenant'), 0)",
  "coalesce(length(auth.jwt() -> 'app_metadata' ->> 'org_id'), 0)",
  "length(current_user::text)",
  "7",
];

const CLOCKS: readonly string[] = [
  "extract(microseconds from now())::bigint",
  "(1000000 * random())::bigint",
  "('today'::date - '2020-01-01'::date)",
];

const REQUESTS: readonly string[] = [
  "coalesce(length(current_setting('request.headers', true)), 0)",
  "coalesce(length(current_setting('request.jwt.claims', true)), 0)",
  "(case when current_setting('request.method', true) = 'GET' then 1 else 2 end)",
];

/** What a function does, in parts that are added up. */
interface Doing {
  readonly parts: readonly string[];
  readonly isClock: boolean;
  /** A function without arguments, "public.f1". */
  readonly calls: string | null;
}

/** @param others functions without arguments that it may call, "public.f1" */
export function doing(random: Random, takes: readonly Taken[], others: readonly string[]): Doing {
  const parts = takes.map(({ name }) => BY_ARGUMENT[name]);
  for (let left = random.below(3); left >= 0; left -= 1) parts.push(random.pick(SOURCES));
  const calls = others.length > 0 && random.chance(0.25) ? random.pick(others) : null;
  if (calls !== null) parts.push(`${calls}()`);
  if (random.chance(0.05)) parts.push(random.pick(REQUESTS));
  const isClock = random.chance(0.06);
  if (isClock) parts.push(random.pick(CLOCKS));
  return { parts, isClock, calls };
}

/** Of functions for which the owner speaks: what they read, in SQL and in `dependsOn` and `claims`. */
export const DECLARED: Readonly<
  Record<
    string,
    {
      readonly takes: readonly Taken["name"][];
      readonly parts: readonly string[];
      readonly dependsOn: readonly string[] | Readonly<Record<string, string | true>>;
      readonly claims: readonly string[];
    }
  >
> = {
  declared_count: {
    takes: ["team"],
    parts: [
      "(select count(*) from public.docs x where x.team_id = team)",
      "(select count(*) from public.notes)",
    ],
    dependsOn: ["docs", "notes"],
    claims: [],
  },
  declared_own: {
    takes: ["label"],
    parts: ["(select count(*) from public.docs x where x.owner = auth.uid())", "length(label)"],
    dependsOn: ["docs"],
    claims: ["sub"],
  },
  declared_view: {
    takes: [],
    parts: [
      "(select coalesce(sum(x.id), 0) from public.open_docs x)",
      "(select count(*) from public.my_docs)",
    ],
    dependsOn: ["open_docs", "my_docs"],
    claims: ["sub"],
  },
  by_label: {
    takes: ["label"],
    parts: ["(select coalesce(sum(x.id), 0) from public.docs x where x.title = label)"],
    dependsOn: { docs: "title=eq.{label}" },
    claims: [],
  },
  by_team: {
    takes: ["team"],
    parts: [
      "(select coalesce(sum(x.id), 0) from public.docs x where x.team_id >= team and x.published)",
      "(select count(*) from public.teams)",
    ],
    dependsOn: { docs: "team_id=gte.{team}&published=is.true", teams: true },
    claims: [],
  },
};
