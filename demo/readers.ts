/** Users who can sign in, with their bookmarks and the teams that share notes. */

interface DemoUser {
  readonly id: string;
  readonly email: string;
}

const user = (n: number, name: string): DemoUser => ({
  id: `00000000-0000-4000-9000-00000000000${n}`,
  email: `${name}@demo.example`,
});

export const ADA = user(1, "ada");
export const BORIS = user(2, "boris");
export const CHIARA = user(3, "chiara");
export const DMITRI = user(4, "dmitri");

/** Everybody's. */
export const PASSWORD = "correct horse";
/** The same as bcrypt stores it, at its lowest cost. */
const PASSWORD_HASH = "$2b$04$n2NP5LT4CbMqKn18GqD2ZO8Uz4GTf3jABdsfLOZCXKiG0rTDK07NG";

const USERS = [ADA, BORIS, CHIARA, DMITRI];
const BOOKMARKS_EACH = 6;
const NOTES_EACH = 8;

/** Rows by qualified table name, parents before children. */
export function readerRows(): [table: string, rows: object[]][] {
  return [
    ["public.bookmarks", bookmarks()],
    ["public.teams", teams],
    ["public.memberships", memberships],
    ["public.notes", notes()],
  ];
}

const teams = [
  // Its owner is no member.
  { id: 1, name: "Lecturers", owner_id: ADA.id },
  { id: 2, name: "Graders", owner_id: BORIS.id },
  { id: 3, name: "Librarians", owner_id: DMITRI.id },
];

const memberships = [
  { team_id: 1, user_id: BORIS.id },
  { team_id: 1, user_id: CHIARA.id },
  { team_id: 2, user_id: BORIS.id },
  { team_id: 2, user_id: CHIARA.id },
  { team_id: 3, user_id: DMITRI.id },
];

function bookmarks(): object[] {
  return USERS.flatMap(({ id }, reader) =>
    Array.from({ length: BOOKMARKS_EACH }, (_, n) => ({
      id: reader * BOOKMARKS_EACH + n + 1,
      user_id: id,
      article_id: 1 + ((reader * 31 + n * 17) % 240),
      note: n % 3 === 2 ? null : `Read again, part ${n + 1}`,
    })),
  );
}

function notes(): object[] {
  return teams.flatMap((team, index) =>
    Array.from({ length: NOTES_EACH }, (_, n) => ({
      id: index * NOTES_EACH + n + 1,
      team_id: team.id,
      body: `${team.name}: ${n % 2 === 0 ? "agenda" : "minutes"} of week ${n + 1}`,
    })),
  );
}

/** Adds the users to those who can sign in, unless they are there. It needs the tables of `@supabase/lite`. */
export const USERS_SQL = `
insert into auth.users (id, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data)
select id, email, '${PASSWORD_HASH}', now(), '{"provider": "email", "providers": ["email"]}',
  jsonb_build_object('sub', id, 'email', email, 'email_verified', true, 'phone_verified', false)
from (values ${USERS.map(({ id, email }) => `('${id}'::uuid, '${email}')`).join(", ")}) users (id, email)
on conflict do nothing;
insert into auth.identities (id, provider, provider_id, user_id, identity_data)
select id, 'email', id, id, raw_user_meta_data from auth.users
where id in (${USERS.map(({ id }) => `'${id}'`).join(", ")})
on conflict do nothing;
`;
