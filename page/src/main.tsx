import { render } from "preact";
import { watchUse } from "./api/pace.ts";
import { App } from "./app.tsx";

const root = document.getElementById("page");
if (root) {
  watchUse();
  render(<App />, root);
}
