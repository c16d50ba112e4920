import { useCallback, useEffect, useState } from "preact/hooks";
import { entryState } from "../../../src/keeper/entries/entry-state.ts";
import type { EntriesOrder, PurgeAnswer } from "../../../src/keeper/protocol/admin.ts";
import type { Api, Refusal } from "../api/api.ts";
import { usePoll } from "../api/poll.ts";
import type { Entries, Entry, WarmAnswer } from "../api/types.ts";
import type { Desktop } from "../desktop.ts";
import { ago, bytes, count, dayAndTime, plural, UNKNOWN } from "../figures/format.ts";
import { Action } from "../parts/action.tsx";
import { Fact, Panel } from "../parts/figures.tsx";
import { Empty, Loading, Trouble } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import { ruleInWords } from "./reasons.ts";

const PAGE = "50";
/** After the last key: the reader is still typing. */
const TYPING_MS = 250;

const ORDERS: Readonly<Record<EntriesOrder, string>> = {
  reads: "most reads",
  fills: "most misses (fills)",
  invalidations: "most invalidations",
  key: "address",
  registered: "as registered",
};

export function QueriesView({ api, stats }: Desktop) {
  const [search, setSearch] = useState("");
  const [sort, setSort] = useState<EntriesOrder>("reads");
  const settled = useSettled(search);
  const load = useCallback(
    () => api.get<Entries>("entries", { search: settled, sort, limit: PAGE }),
    [api, settled, sort],
  );
  const first = usePoll(load, { everyMs: null });
  const pages = usePages(api, first.value, { search: settled, sort });
  const entries = [...(first.value?.entries ?? []), ...pages.entries];

  return (
    <>
      <search class="filters">
        <label>
          Search
          <input
            type="search"
            value={search}
            onInput={({ currentTarget }) => setSearch(currentTarget.value)}
            placeholder="articles, author_id=eq.1 …"
            spellcheck={false}
          />
        </label>
        <label>
          Sort by
          <select value={sort} onChange={({ currentTarget }) => setSort(currentTarget.value as EntriesOrder)}>
            {Object.entries(ORDERS).map(([order, name]) => (
              <option key={order} value={order}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <button type="button" onClick={first.reload}>
          Reload
        </button>
        <span class="grow" />
        <Action
          confirm="Purge every query? Each is filled again when it is next read."
          act={async () => told(await api.post<PurgeAnswer>("purge", { all: true }), first.reload)}
        >
          Purge everything
        </Action>
      </search>
      <Trouble error={first.error ?? pages.error} />
      {first.value === undefined ? (
        first.error === undefined && <Loading what="the queries" />
      ) : (
        <Panel
          title="Registered queries"
          note={totalInWords(first.value.total, stats.value?.audiences?.personalKeys ?? 0)}
        >
          {entries.length === 0 ? (
            <Empty>
              {settled === ""
                ? "No query is registered yet. Read something through the gateway, and it appears here."
                : `No query contains “${settled}”.`}
            </Empty>
          ) : (
            <EntriesTable
              entries={entries}
              isByAge={(stats.value?.byAgeForMs ?? 0) > 0}
              api={api}
              onChange={first.reload}
            />
          )}
          {pages.cursor !== null && (
            <p>
              <button type="button" onClick={pages.more}>
                Show more
              </button>
            </p>
          )}
        </Panel>
      )}
    </>
  );
}

function totalInWords(listed: number, personal: number): string {
  const of = plural(listed, "query", "queries");
  return personal === 0 ? of : `${of}; not listed: ${count(personal)} of people, by their claims`;
}

interface EntriesProps {
  readonly entries: readonly Entry[];
  /** All answers count by their age only, for now: the schema is new to the keeper. */
  readonly isByAge: boolean;
  readonly api: Api;
  onChange(): void;
}

function EntriesTable({ entries, isByAge, api, onChange }: EntriesProps) {
  return (
    <Table
      caption="Registered queries"
      rows={entries}
      keyOf={({ key }) => key}
      details={(entry) => <EntryDetails entry={entry} api={api} onChange={onChange} />}
      columns={[
        { name: "Query", cell: ({ path }) => <code class="query">{path}</code> },
        { name: "Reads", isFigure: true, cell: ({ reads }) => count(reads) },
        { name: "Fills", isFigure: true, cell: ({ fills }) => count(fills) },
        { name: "Invalidations", isFigure: true, cell: ({ invalidations }) => count(invalidations) },
        {
          name: "Size",
          isFigure: true,
          cell: (entry) => (entry.bytes === null ? UNKNOWN : bytes(entry.bytes)),
        },
        {
          name: "Filled",
          isFigure: true,
          cell: ({ filledAgo }) => (filledAgo === null ? UNKNOWN : ago(filledAgo)),
        },
        { name: "State", cell: (entry) => <State entry={entry} isByAge={isByAge} /> },
      ]}
    />
  );
}

function State({ entry, isByAge }: { readonly entry: Entry; readonly isByAge: boolean }) {
  switch (entryState(entry, isByAge)) {
    case "unknown":
      return <span class="muted">no answer known</span>;
    case "by-age":
      return <span class="warn">by age only</span>;
    case "by-age-for-now":
      return <span class="muted">by age for now</span>;
    case "invalidated":
      return <span class="muted">invalidated</span>;
    case "stands":
      return <span class="good">{entry.inKv ? "stands, in KV" : "stands"}</span>;
  }
}

interface EntryDetailsProps {
  readonly entry: Entry;
  readonly api: Api;
  onChange(): void;
}

function EntryDetails({ entry, api, onChange }: EntryDetailsProps) {
  const { key, path, footprint, shared, lastInvalidation: last, status } = entry;
  return (
    <>
      <dl class="facts">
        <Fact name="Depends on">{footprint}</Fact>
        <Fact name="Shared by">{shared}</Fact>
        <Fact name="Last invalidated">{invalidationInWords(last)}</Fact>
        <Fact name="Answer">
          {status === null ? "none known since the keeper started" : `status ${status}`}
        </Fact>
        <Fact name="Key">
          <code>{key}</code>
        </Fact>
      </dl>
      <p class="actions">
        <Action
          label={`Purge ${path}`}
          act={async () => told(await api.post<PurgeAnswer>("purge", { keys: [key] }), onChange)}
        >
          Purge
        </Action>
        <Action
          label={`Warm ${path}`}
          act={async () => warmed(await api.post<WarmAnswer>("warm", { queries: [path] }))}
        >
          Warm
        </Action>
      </p>
    </>
  );
}

function invalidationInWords(last: Entry["lastInvalidation"]): string | undefined {
  if (last === undefined) return undefined;
  if (last === null) return "not since the keeper started";
  const by = last.relation === null ? "" : `, by ${last.relation}`;
  return `${dayAndTime(last.at)}${by}: ${ruleInWords(last.rule)} (${last.rule})`;
}

function told({ purged }: PurgeAnswer, then: () => void): string {
  then();
  return `Purged ${plural(purged, "query", "queries")}.`;
}

function warmed({ results: [result] }: WarmAnswer): string {
  if (result === undefined) return "Nothing was read.";
  return "bypass" in result
    ? `Not cached: ${result.bypass}.`
    : `Read as anybody would: ${result.cacheStatus}`;
}

/** The value once it has not changed for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

interface Pages {
  readonly entries: readonly Entry[];
  readonly cursor: string | null;
  readonly error: Refusal | undefined;
  more(): void;
}

/** Further pages behind the first one, and none once that is loaded again: a page that arrives then is of an earlier list. */
function usePages(api: Api, first: Entries | undefined, query: { search: string; sort: string }): Pages {
  const [further, setFurther] = useState<{ readonly behind: Entries; readonly pages: readonly Entries[] }>();
  const [error, setError] = useState<Refusal>();
  const pages = further !== undefined && further.behind === first ? further.pages : [];
  const cursor = (pages.at(-1) ?? first)?.cursor ?? null;
  const more = () => {
    if (first === undefined || cursor === null) return;
    setError(undefined);
    api
      .get<Entries>("entries", { ...query, cursor, limit: PAGE })
      .then((page) => setFurther({ behind: first, pages: [...pages, page] }), setError);
  };
  return { entries: pages.flatMap(({ entries }) => entries), cursor, error, more };
}
