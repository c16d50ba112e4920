import { useMemo, useState } from "preact/hooks";
import { Api } from "./api/api.ts";
import { session } from "./api/session.ts";
import { Desk } from "./desk.tsx";
import { SignIn } from "./sign-in.tsx";

/** Asks for the secret, then shows the desk until it is refused or given back. */
export function App() {
  const [secret, setSecret] = useState(session.read);
  const [notice, setNotice] = useState<string>();
  const api = useMemo(() => (secret === null ? null : new Api(secret)), [secret]);

  const leave = (why?: string) => {
    session.forget();
    setNotice(why);
    setSecret(null);
  };
  if (api !== null) return <Desk api={api} onLeave={leave} />;
  return (
    <SignIn
      notice={notice}
      onSecret={(given) => {
        session.keep(given);
        setNotice(undefined);
        setSecret(given);
      }}
    />
  );
}
