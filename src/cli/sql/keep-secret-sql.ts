import { framedSql } from "../../capture/sql/frame-sql.ts";
import { literal } from "../../capture/sql/quote.ts";

/**
 * SQL that stops before anything has changed if the database holds another secret than this one. It goes before a
 * migration whose secret was made just now, because nobody has found the old one: replacing that would cut the keeper off. So
 * would taking a second one away, if the keeper has that by now: while `tidemark sql --rotate` is under way, both count.
 *
 * @param hash the new secret's SHA-256, in hexadecimal
 */
export function keepSecretSql(hash: string): string {
  return framedSql(`
do $tidemark$
begin
  if to_regclass('tidemark.secret') is null then return; end if;
  if not exists (select from tidemark.secret s where s.hash <> decode(${literal(hash)}, 'hex')) then return; end if;
  if exists (select from tidemark.secret s where s.hash = decode(${literal(hash)}, 'hex')) then
    raise exception 'tidemark: this database has another secret, too, and this SQL would take it away'
      using hint = 'One is being replaced by the other. Put the one that the gateway has into .dev.vars, and run tidemark sql and its SQL, which ends that.';
  end if;
  raise exception 'tidemark: this database has a secret already, and this SQL would replace it and cut the keeper off'
    using hint = 'Set TIDEMARK_CAPTURE_SECRET, or put it into .dev.vars, and run tidemark sql again. Is it lost? tidemark sql --rotate makes another one.';
end $tidemark$;
`);
}
