import { OciError } from "../../protocol/oci-error.ts";
import { NixFault } from "../nix/nix-fault.ts";
import { CommandError } from "../system/command.ts";

/**
 * The log's text for a failure that is no defect: the client's message, and the whole reason if a program failed.
 * Undefined for all other errors. The log shows those with their stacks.
 */
export function ordinaryFailure(error: unknown): string | undefined {
  if (!(error instanceof OciError)) return undefined;
  const { message, cause } = error;
  if (error instanceof NixFault) return [error.advice, ...(cause instanceof Error ? [cause.message] : [])].join("\n");
  if (cause === undefined) return message;
  return cause instanceof CommandError ? `${message}\n${cause.message}` : undefined;
}
