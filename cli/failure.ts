import { outage } from "../origin/builds/outage.ts";
import { BundleTooLarge } from "../origin/bundles/bundle-store.ts";
import { CollectionError } from "../origin/garbage/collection-error.ts";
import { IndexError } from "../origin/package-index/index-error.ts";
import { NixFault } from "../origin/nix/nix-fault.ts";
import { ConfigError } from "../origin/system/settings.ts";
import { OciError } from "../protocol/oci-error.ts";
import { StartError } from "../start/machine/start-error.ts";
import { CliError, UsageError } from "./cli-error.ts";
import { RegistryError } from "./registry/registry-error.ts";

/** An expected failure, in words for the person who ran the command. */
export interface Failure {
  readonly message: string;
  /** What led to it, the nearest cause first. A cause that says no more than the texts before it is left out. */
  readonly causes: readonly string[];
}

/** More causes than a chain of errors has. A chain may lead back to itself. */
const MAX_CAUSES = 8;

/** Undefined for an unexpected error. */
export function failureOf(error: unknown): Failure | undefined {
  const message = messageOf(error);
  return message === undefined ? undefined : { message, causes: causesOf(error, message) };
}

function causesOf(error: unknown, message: string): string[] {
  // The person who builds here is the operator, so the causes may name paths of this machine.
  const causes: string[] = [];
  // The message of wrong usage is the whole truth.
  let cause = error instanceof Error && !(error instanceof UsageError) ? error.cause : undefined;
  for (let count = 0; cause instanceof Error && count < MAX_CAUSES; count += 1, cause = cause.cause) {
    const text = textOf(cause);
    if (text !== "" && ![message, ...causes].some((before) => before.includes(text))) causes.push(text);
  }
  return causes;
}

/** The last line of `--json` for a call that failed. */
export function errorEvent(error: unknown): string {
  const code = error instanceof OciError ? error.code : "FAILED";
  const { message, causes } = failureOf(error) ?? { message: "internal error", causes: [] };
  return JSON.stringify({ event: "error", code, message, ...(causes.length === 0 ? {} : { causes }) });
}

/** The lines that a person reads. Undefined for an unexpected error. */
export function failureLines(error: unknown): string[] | undefined {
  const failure = failureOf(error);
  return failure && textOfFailure(failure).map((line) => `cornice: ${line}`);
}

/** The failure of one image or bundle among many, with its causes. A defect is named, too: the others go on. */
export function partialFailure(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const message = messageOf(error) ?? (isOutage(error) ? text : `internal error: ${text}`);
  return textOfFailure({ message, causes: causesOf(error, message) }).join("\n");
}

/** Whether a store, a cache, the disk or a package is to blame. */
function isOutage(error: unknown): boolean {
  return error instanceof BundleTooLarge || outage(error).code !== "UNKNOWN";
}

function textOfFailure({ message, causes }: Failure): string[] {
  return [message, ...causes.map((cause) => `because: ${cause}`)].join("\n").split("\n");
}

function messageOf(error: unknown): string | undefined {
  if (error instanceof NixFault) return error.advice;
  const isExpected =
    error instanceof CliError ||
    error instanceof CollectionError ||
    error instanceof OciError ||
    error instanceof StartError ||
    error instanceof ConfigError ||
    error instanceof IndexError ||
    error instanceof RegistryError ||
    // An error of the system: no space, no permission.
    (error instanceof Error && "syscall" in error);
  return isExpected ? error.message : undefined;
}

/** If a name has several addresses, Node's error has one error for each, and no text. */
function textOf(cause: Error): string {
  if (cause.message !== "" || !(cause instanceof AggregateError)) return cause.message;
  return cause.errors.map((each) => (each instanceof Error ? each.message : String(each))).join("; ");
}
