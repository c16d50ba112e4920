import { useState } from "preact/hooks";
import { Refusal } from "../api/api.ts";
import type { Explained } from "../api/types.ts";
import type { Desktop } from "../desktop.ts";
import { duration } from "../figures/format.ts";
import { Fact, Panel } from "../parts/figures.tsx";
import { type Asked, askedOf } from "../supabase-js/asked.ts";
import { NotReadable } from "../supabase-js/literals.ts";
import { type ChangeForm, payloadOf } from "./change-payload.ts";
import { caveatInWords, meaningOf } from "./reasons.ts";

const NO_CHANGE: ChangeForm = { table: "", operation: "UPDATE", record: "", old: "" };

interface Answered {
  readonly asked: Asked;
  readonly explained: Explained;
}

export function TryView({ api, config }: Desktop) {
  const [pasted, setPasted] = useState("");
  const [role, setRole] = useState("");
  const [change, setChange] = useState(NO_CHANGE);
  const [answered, setAnswered] = useState<Answered>();
  const [error, setError] = useState<string>();
  const [isAsking, setAsking] = useState(false);
  const { roles = [], tables = {}, defaultSchema = "public" } = config.value ?? {};

  const submit = async (event: Event) => {
    event.preventDefault();
    setAsking(true);
    setError(undefined);
    try {
      const asked = await askedOf(pasted);
      const payload = payloadOf(change, defaultSchema);
      const explained = await api.post<Explained>("explain", {
        ...asked,
        ...(role !== "" && { role }),
        ...(payload !== undefined && { change: payload }),
      });
      setAnswered({ asked, explained });
    } catch (reason) {
      setAnswered(undefined);
      setError(inWords(reason));
    }
    setAsking(false);
  };

  return (
    <>
      <form class="try panel" onSubmit={submit} aria-busy={isAsking}>
        <label>
          A URL, a path, or a line of supabase-js
          <textarea
            rows={3}
            value={pasted}
            onInput={({ currentTarget }) => setPasted(currentTarget.value)}
            placeholder={'supabase.from("articles").select("id,title").eq("author_id", 1)'}
            spellcheck={false}
            aria-describedby="try-error"
          />
        </label>
        <details>
          <summary>What would a change do?</summary>
          <ChangeFields change={change} tables={Object.keys(tables)} onChange={setChange} />
        </details>
        <div class="filters">
          <label>
            Asked by
            <select value={role} onChange={({ currentTarget }) => setRole(currentTarget.value)}>
              <option value="">anybody</option>
              {roles.map((each) => (
                <option key={each} value={each}>
                  who signs in as {each}
                </option>
              ))}
            </select>
          </label>
          <button type="submit" class="primary" disabled={isAsking}>
            Explain
          </button>
        </div>
        <p id="try-error" class="bad" role="alert">
          {error}
        </p>
      </form>
      <div aria-live="polite">{answered !== undefined && <Answer {...answered} />}</div>
    </>
  );
}

function inWords(reason: unknown): string {
  if (reason instanceof NotReadable || reason instanceof Refusal || reason instanceof TypeError)
    return reason.message;
  return String(reason);
}

interface ChangeFieldsProps {
  readonly change: ChangeForm;
  readonly tables: readonly string[];
  onChange(change: ChangeForm): void;
}

function ChangeFields({ change, tables, onChange }: ChangeFieldsProps) {
  const set = (part: Partial<ChangeForm>) => onChange({ ...change, ...part });
  return (
    <div class="fields">
      <label>
        Table
        <input
          list="tables"
          value={change.table}
          onInput={({ currentTarget }) => set({ table: currentTarget.value })}
          placeholder="none: no change"
          spellcheck={false}
        />
      </label>
      <datalist id="tables">
        {tables.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <label>
        Operation
        <select
          value={change.operation}
          onChange={({ currentTarget }) => set({ operation: currentTarget.value as ChangeForm["operation"] })}
        >
          {["INSERT", "UPDATE", "DELETE"].map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      {change.operation !== "INSERT" && (
        <RowField
          name="The old row"
          row={change.old}
          example='{"id": 1, "views": 1}'
          onChange={(old) => set({ old })}
        />
      )}
      {change.operation !== "DELETE" && (
        <RowField
          name="The new row"
          row={change.record}
          example='{"id": 1, "views": 2}'
          onChange={(record) => set({ record })}
        />
      )}
    </div>
  );
}

interface RowFieldProps {
  readonly name: string;
  readonly row: string;
  readonly example: string;
  onChange(row: string): void;
}

function RowField({ name, row, example, onChange }: RowFieldProps) {
  return (
    <label>
      {name}, JSON
      <textarea
        rows={2}
        value={row}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
        placeholder={example}
        spellcheck={false}
      />
    </label>
  );
}

function Answer({ asked, explained }: Answered) {
  const { kind, reason = "", because, verdict, caveats = [], shared, key, relations = [] } = explained;
  return (
    <Panel title={kind === "bypass" ? "Not cached" : "Cached"}>
      <dl class="facts">
        <Fact name="Asked as">
          <code class="query">{asked.query}</code>
        </Fact>
        {kind === "bypass" ? (
          <Fact name="Because">
            {because ?? meaningOf(reason)} (<code>{reason}</code>)
          </Fact>
        ) : (
          <>
            <Fact name="Key">
              <code>{key}</code>
            </Fact>
            <Fact name="Depends on">{relations.join(", ")}</Fact>
            <Fact name="Registered">
              {explained.registered
                ? explained.windowKnown
                  ? "yes, and what its answer shows is known"
                  : "yes; what its answer shows is not known"
                : "not yet: nobody has read it"}
            </Fact>
            <Fact name="Proven">
              {caveats.length > 0
                ? `by age only, because ${caveats.map(caveatInWords).join("; ")}`
                : (explained.byAgeForMs ?? 0) > 0
                  ? `by age only for ${duration(explained.byAgeForMs ?? 0)}, because the schema has changed`
                  : "by every change of what it depends on"}
            </Fact>
          </>
        )}
        {shared !== undefined && <Fact name="Shared">{shared}</Fact>}
        {verdict !== undefined && (
          <Fact name="The change">
            <b class={verdict.affected ? "warn" : "good"}>
              {verdict.affected ? "invalidates it" : "leaves it alone"}
            </b>
            : {verdict.because.replace(/^(?:un)?affected: /, "")}
            {verdict.rule !== undefined && (
              <>
                {" "}
                (rule <code>{verdict.rule}</code>)
              </>
            )}
          </Fact>
        )}
      </dl>
    </Panel>
  );
}
