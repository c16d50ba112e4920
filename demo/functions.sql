-- What the application asks by `rpc`: docs/functions.md.

-- In SQL, so Postgres itself tells what it reads.
create function search_articles(term text) returns setof articles
  language sql stable set search_path = '' as $$
    select * from public.articles where title ilike '%' || term || '%' order by id
  $$;

-- In PL/pgSQL, which nothing looks into: tidemark.config.ts says what it reads.
create function article_stats(out articles bigint, out views bigint, out comments bigint)
  language plpgsql stable set search_path = '' as $$
    begin
      select count(*), coalesce(sum(a.views), 0) into articles, views from public.articles a;
      select count(*) into comments from public.comments;
    end
  $$;

-- Everybody's own, by who asks.
create function my_notes() returns setof notes
  language sql stable set search_path = '' as $$
    select n.* from public.notes n join public.memberships m on m.team_id = n.team_id
    where m.user_id = (select auth.uid()) order by n.id
  $$;

-- It writes, so it is never answered from a cache.
create function view_article(article bigint) returns integer
  language sql volatile set search_path = '' as $$
    update public.articles set views = views + 1 where id = article returning views
  $$;
