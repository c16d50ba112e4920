/** What init would do with one file. */
export type Proposal =
  /** It is as it should be. */
  | { readonly kind: "same"; readonly path: string }
  /** Writes the whole file, whether it is there or not. What was there is contained in the new text, in its order. */
  | {
      readonly kind: "write";
      readonly path: string;
      /** What was there when the proposal was made. Null: no file, or a link that leads nowhere. */
      readonly before: string | null;
      readonly content: string;
      /** The lines that are added, without any secret. Empty: the whole file, which is new. */
      readonly added: readonly string[];
    }
  /** Somebody has to do it, because the file is not in a form that can be added to. */
  | { readonly kind: "by-hand"; readonly path: string; readonly lines: readonly string[] };

export function same(path: string): Proposal {
  return { kind: "same", path };
}

export function newFile(path: string, content: string): Proposal {
  return { kind: "write", path, before: null, content, added: [] };
}
