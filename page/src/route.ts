import { useEffect, useState } from "preact/hooks";

/** The views in the order of the menu, by what stands behind the `#` of the address. */
export const VIEWS = {
  now: "Now",
  tables: "Tables",
  queries: "Queries",
  try: "Try one",
  changes: "Changes",
  audit: "Audit",
  health: "Health",
  mode: "Mode",
} as const;

export type View = keyof typeof VIEWS;

export function viewOf(hash: string): View {
  const name = hash.replace(/^#/, "");
  return Object.hasOwn(VIEWS, name) ? (name as View) : "now";
}

/** The view that the address names. The address holds nothing else. */
export function useView(): View {
  const [view, setView] = useState(() => viewOf(location.hash));
  useEffect(() => {
    const moved = () => setView(viewOf(location.hash));
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  return view;
}
