import { framedSql } from "../../capture/sql/frame-sql.ts";
import { qualifiedName } from "../../capture/sql/options.ts";
import { textArray } from "../../capture/sql/quote.ts";

/**
 * SQL that watches every relation that can be watched. A configuration names views and tables alike, and only the
 * database can tell them apart. An unknown name is an error. Relations that are watched already keep their columns.
 *
 * @throws CaptureOptionsError when a relation is not `schema.table`
 */
export function watchTablesSql(relations: readonly string[]): string {
  if (relations.length === 0) return "";
  const names = relations.map(qualifiedName);
  return framedSql(`
do $tidemark$
declare
  name text;
  obstacle text;
begin
  foreach name in array ${textArray(names)} loop
    continue when exists (select from tidemark.watched w where w.relation = name::regclass);
    obstacle := tidemark.obstacle(name::regclass);
    if obstacle is null then
      perform tidemark.watch(name::regclass);
    else
      raise warning 'tidemark does not watch %: %', name, obstacle
        using hint = 'For a view, watch the tables that it reads; tidemark doctor names them.';
    end if;
  end loop;
end $tidemark$;
`);
}
