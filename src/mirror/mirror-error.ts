/** Why a mirror gives no answer. Whoever asked it asks the keeper. */
export class MirrorError extends Error {
  override readonly name = "MirrorError";
  readonly code: "keeper-late" | "keeper-refused" | "cannot-reach";

  /**
   * @param code `keeper-late`: a call of the keeper has passed its deadline; `keeper-refused`: the keeper refuses this mirror;
   * `cannot-reach`: what the keeper said was not young enough, whatever was tried
   */
  constructor(code: MirrorError["code"]) {
    super(`the mirror has no answer: ${code}`);
    this.code = code;
  }
}
