import { isJsonObject } from "./json-object.ts";

/** Every error code that a client can get, with its HTTP status. */
const STATUS = {
  BLOB_UNKNOWN: 404,
  DENIED: 403,
  DIGEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  PAGINATION_NUMBER_INVALID: 400,
  RANGE_INVALID: 416,
  SIZE_INVALID: 400,
  TAG_INVALID: 400,
  TOOMANYREQUESTS: 429,
  UNAUTHORIZED: 401,
  UNAVAILABLE: 503,
  UNKNOWN: 500,
  UNSUPPORTED: 405,
} as const;

/**
 * A code of the distribution spec's error table, or of Docker's registry, which clients know, too. `UNAVAILABLE` (503)
 * and `UNKNOWN` (500) come in addition.
 */
export type OciErrorCode = keyof typeof STATUS;

export type OciErrorStatus = (typeof STATUS)[OciErrorCode];

/** A page for people with more about an error. */
interface ErrorPage {
  /** Such as "the build's log". */
  readonly title: string;
  readonly address: string;
}

interface OciErrorOptions {
  /** Machine-readable addition, rendered as `detail`. Empty lists and objects in it are left out. */
  readonly detail?: unknown;
  /** Response headers that belong to the error, such as `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
  /** Rendered as the last line of the message. */
  readonly page?: ErrorPage | undefined;
}

/**
 * An error that the client caused or can act on. Every other error is a defect or an outage: the log has all of it, and
 * the client gets "internal error". The first line of the message says what is wrong. Further lines show why, such as
 * the end of a log.
 */
export class OciError extends Error {
  override readonly name = "OciError";
  readonly code: OciErrorCode;
  readonly detail: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly page: ErrorPage | undefined;

  constructor(code: OciErrorCode, message: string, options: OciErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.detail = withoutEmpty(options.detail);
    this.headers = options.headers ?? {};
    this.page = options.page;
  }

  get status(): OciErrorStatus {
    return STATUS[this.code];
  }

  /** The error body of https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes */
  toBody(): { errors: [{ code: string; message: string; detail?: unknown }] } {
    const more = this.page ? `\n${this.page.title}: ${this.page.address}` : "";
    const error = { code: this.code, message: this.message + more };
    return { errors: [this.detail === undefined ? error : { ...error, detail: this.detail }] };
  }
}

export function isOciErrorCode(code: unknown): code is OciErrorCode {
  return typeof code === "string" && Object.hasOwn(STATUS, code);
}

/**
 * The value without parts that are null, an empty list or an empty object. Undefined if nothing is left. Some clients
 * print the detail as it is, and empty lists would hide the others.
 */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(withoutEmpty).filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  if (!isJsonObject(value)) return value ?? undefined;
  const members = Object.entries(value).map(([name, member]) => [name, withoutEmpty(member)] as const);
  const filled = members.filter(([, member]) => member !== undefined);
  return filled.length === 0 ? undefined : Object.fromEntries(filled);
}
