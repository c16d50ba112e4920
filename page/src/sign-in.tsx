import { useEffect, useRef, useState } from "preact/hooks";
import { Api, Refusal } from "./api/api.ts";
import { publicHealth } from "./api/public-health.ts";
import type { HealthAnswer } from "./api/types.ts";
import { Issues } from "./parts/states.tsx";
import { Wordmark } from "./parts/wordmark.tsx";

interface SignInProps {
  /** Why the secret is asked for again. */
  readonly notice: string | undefined;
  onSecret(secret: string): void;
}

/** What no header may hold cannot be a secret. */
const SENDABLE = /^[\x20-\x7e\xa0-\xff]+$/;

export function SignIn({ notice, onSecret }: SignInProps) {
  const field = useRef<HTMLInputElement>(null);
  const [error, setError] = useState(notice);
  const [isAsking, setAsking] = useState(false);
  const [health, setHealth] = useState<HealthAnswer>();
  useEffect(() => {
    field.current?.focus();
    void publicHealth().then(setHealth);
  }, []);

  const submit = async (event: Event) => {
    event.preventDefault();
    const secret = field.current?.value.trim() ?? "";
    if (secret === "") return setError("Enter the secret.");
    if (!SENDABLE.test(secret)) return setError("The secret holds a character that no header can carry.");
    setAsking(true);
    const refusal = await refusalOf(secret);
    setAsking(false);
    if (field.current) field.current.value = "";
    if (refusal === undefined) return onSecret(secret);
    setError(refusal);
    field.current?.focus();
  };

  const issues = health?.issues ?? [];
  // An isolate whose settings cannot be used asks no keeper, and no secret opens anything.
  if (issues.length > 0 && health?.keeper !== "ok") {
    return (
      <main class="sign-in">
        <section>
          <h1>
            <Wordmark />
          </h1>
          <Issues issues={issues} />
          <p class="muted">
            Until that is mended,{" "}
            {issues.some(({ path }) => path === "SUPABASE_URL")
              ? "every request is answered with this, as nobody knows where the database is."
              : "nothing is cached and every request goes to the database."}{" "}
            Then reload this page. <code>npx tidemark check</code> finds it before a deploy.
          </p>
        </section>
      </main>
    );
  }
  return (
    <main class="sign-in">
      <form onSubmit={submit} aria-busy={isAsking}>
        <h1>
          <Wordmark />
        </h1>
        <Issues issues={issues} />
        <label for="secret">Admin secret</label>
        <input
          id="secret"
          type="password"
          ref={field}
          autocomplete="current-password"
          autocapitalize="off"
          spellcheck={false}
          aria-describedby="secret-note secret-error"
          aria-invalid={error !== undefined}
        />
        <p id="secret-error" class="bad" role="alert">
          {error}
        </p>
        <button type="submit" class="primary" disabled={isAsking}>
          {isAsking ? "Asking the gateway …" : "Open"}
        </button>
        <p id="secret-note" class="muted">
          The gateway's <code>TIDEMARK_ADMIN_SECRET</code>. It stays in this tab, until you close the tab or
          sign out, and is sent to this gateway only.
        </p>
      </form>
    </main>
  );
}

/** Why the gateway does not take the secret. A keeper that does not answer is no reason: the secret has been checked then. */
async function refusalOf(secret: string): Promise<string | undefined> {
  try {
    await new Api(secret).get("config");
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === "unauthorized") return "That is not this gateway's secret.";
    return error.message;
  }
}
