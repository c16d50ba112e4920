/** The stable codes of errors that the library throws. What `load` throws is passed on as it is. */
export type CacheErrorCode =
  /** the load took longer than `hardTimeout` */
  | "load-timeout"
  /** `validate` refused what was loaded */
  | "invalid-value"
  /** the codec cannot express what was to be set; the message says what and where */
  | "not-serializable"
  /** a key with a part that is undefined, or with parts that could run together */
  | "invalid-key"
  /** an invalidation could not be recorded where other isolates would see it */
  | "invalidation-failed"
  /** the store cannot list keys */
  | "listing-unsupported";

export class CacheError extends Error {
  readonly code: CacheErrorCode;

  constructor(code: CacheErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CacheError";
    this.code = code;
  }
}
