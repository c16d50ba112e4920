import { Miniflare } from "miniflare";
const mf = new Miniflare({ workers: [{ config: { name: "w", compatibilityDate: "2026-08-01", env: { DB: { type: "d1", id: "x" } }, manifest: { mainModule: "i.js", modules: { "i.js": { type: "esm", contents: "export default {fetch(){return new Response('')}}" } } } } }] });
const DB = await mf.getD1Database("DB","w");
const q = async (s, ...p) => { try { const r = await DB.prepare(s).bind(...p).all(); return JSON.stringify(r.results).slice(0, 1500); } catch (e) { return String(e.message); } };
const e = "iif(b > 1, b, 0) COLLATE NOCASE";
for (const s of [
"create table l(id integer primary key, m)",
"create table t(id text primary key, b TEXT COLLATE RTRIM)",
`create trigger a before insert on t begin insert into l(m) select json_array(new.b, typeof(new.b), (select json_array(b, b > 1, b > '1', ${e}) from (select id, b from t where 0 union all select new.id, new.b)),(select json_array(b, b > 1, b > '1', ${e}) from (select new.id, new.b as b)), (select json_array(b>1) from (select b from t where 0 union all select new.b from (select 1))),
 (with x(b) as (select b from t where 0 union all select new.b) select json_array(b>1, b > '1') from x),
 (select json_array(n.b>1) from (select 1 as one) left join t as n on 0),
 (with x(b) as materialized (select b from t where 0 union select new.b) select json_array(b>1, b > '1', b ='0.30000000000000004   ') from x)
 ); end`,
"insert into t values ('0', 0.1+0.2)", "select m from l", `select b>1, ${e} from t`,
]) console.log(s, "→", await q(s));
await mf.dispose();
