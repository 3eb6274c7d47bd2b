import { VerificationError } from "../../image/verification/verification-error.ts";
import { DecompressionError } from "../../origin/nars/decompression-error.ts";
import { RegistryError } from "../registry/registry-error.ts";

/** What a check looks at. */
export type Check = "digest" | "platform" | "config" | "layer" | "signature" | "document" | "coverage" | "rebuild";

/**
 * - `holds`: it is as it should be
 * - `fails`: it is wrong, so the image is not verified
 * - `absent`: it is not there, or was not looked at; the image may still be verified
 */
export type Outcome = "holds" | "fails" | "absent";

export interface Finding {
  readonly check: Check;
  readonly outcome: Outcome;
  /** For people. */
  readonly message: string;
}

export function holds(check: Check, message: string): Finding {
  return { check, outcome: "holds", message };
}

export function fails(check: Check, message: string): Finding {
  return { check, outcome: "fails", message };
}

export function absent(check: Check, message: string): Finding {
  return { check, outcome: "absent", message };
}

/** The message of an error that a registry or its content caused. Throws every other error. */
export function problemOf(error: unknown): string {
  const isExpected =
    error instanceof RegistryError || error instanceof VerificationError || error instanceof DecompressionError;
  if (!isExpected) throw error;
  return error.message;
}
