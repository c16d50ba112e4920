import type { ComponentChildren } from "preact";
import type { ConfigIssue } from "../../../src/gateway/config/config.ts";
import type { Refusal } from "../api/api.ts";
import type { Polled } from "../api/poll.ts";
import { clockTime } from "../figures/format.ts";

export function Loading({ what }: { readonly what: string }) {
  return (
    <p class="state muted" role="status">
      Loading {what} …
    </p>
  );
}

export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="state muted">{children}</p>;
}

/** What went wrong, and what still holds. */
export function Trouble({ error, at = 0 }: { readonly error: Refusal | undefined; readonly at?: number }) {
  if (error === undefined) return null;
  return (
    <div class="trouble" role="alert">
      <strong>{TITLES[error.code] ?? "That did not work"}</strong>
      <p>
        {EXPLAINED[error.code] ?? error.message}
        {at > 0 && ` What stands below is of ${clockTime(at)}.`}
      </p>
    </div>
  );
}

/** What is wrong in the Worker's environment. Anybody may know it: no setting's value is in it. */
export function Issues({ issues }: { readonly issues: readonly ConfigIssue[] }) {
  if (issues.length === 0) return null;
  return (
    <div class="trouble" role="alert">
      <strong>The gateway's settings are wrong</strong>
      <dl class="issues">
        {issues.map(({ path, message, fix }) => (
          <div key={path}>
            <dt>
              <code>{path}</code> {message}
            </dt>
            <dd class="muted">{fix}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

const TITLES: Readonly<Record<string, string>> = {
  "keeper-unavailable": "The keeper does not answer",
  unreachable: "The gateway cannot be reached",
  misconfigured: "The gateway's configuration cannot be used",
};

const EXPLAINED: Readonly<Record<string, string>> = {
  "keeper-unavailable":
    "Reads still work: what cannot be proven any more comes from the database, uncached. This page keeps asking. If it lasts, see the Worker's logs (wrangler tail).",
};

interface KnownProps<T> {
  readonly of: Polled<T>;
  readonly what: string;
  children(value: T): ComponentChildren;
}

/** Shows the value, or that it is being loaded. Errors of `stats` are shown on every view already. */
export function Known<T>({ of: { value, error }, what, children }: KnownProps<T>) {
  if (value !== undefined) return <>{children(value)}</>;
  return error === undefined ? <Loading what={what} /> : null;
}
