/** The stable codes of the errors that the library throws. Errors of `load` are passed on unchanged. */
export type CacheErrorCode =
  /** the load took longer than `hardTimeout` */
  | "load-timeout"
  /** `validate` refused the loaded value */
  | "invalid-value"
  /** the codec cannot express the value to be set; the message says which part, and where */
  | "not-serializable"
  /** an option is unknown, or its value is not one that it can have; the message says which, and what to write */
  | "invalid-option"
  /** a key is no text, a part of it is undefined, two parts could run together, or a prefix is empty */
  | "invalid-key"
  /** an invalidation could not be recorded where other isolates would see it */
  | "invalidation-failed"
  /** `reads` names what is no table of the database that the keeper hears of */
  | "unknown-table"
  /** `reads` names a column that the table does not have */
  | "unknown-column"
  /** the store cannot list keys */
  | "listing-unsupported";

/** An error of the library; `code` says which. `cause` is the error behind it, if there is one. */
export class CacheError extends Error {
  readonly code: CacheErrorCode;

  constructor(code: CacheErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CacheError";
    this.code = code;
  }
}
