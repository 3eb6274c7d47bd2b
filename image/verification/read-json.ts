import { isJsonObject, type JsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import { fromBase64 } from "../signing-keys/base64.ts";
import { VerificationError } from "./verification-error.ts";

/** Reads an object from UTF-8. `what` names the document in the error. */
export function jsonOf(bytes: Uint8Array, what: string): JsonObject {
  const object = parseJsonObject(textOf(bytes) ?? "");
  if (!object) throw malformed(what, "it is no JSON object");
  return object;
}

/** Reads a member that is an object. */
export function objectIn(object: JsonObject, member: string, what: string): JsonObject {
  const value = object[member];
  if (!isJsonObject(value)) throw malformed(what, `it has no ${member}`);
  return value;
}

/** Reads a member that is base64, in the standard alphabet or in the one for URLs: both are allowed in an envelope. */
export function bytesIn(object: JsonObject, member: string, what: string): Uint8Array<ArrayBuffer> {
  const value = object[member];
  const bytes = typeof value === "string" ? fromBase64(value.replaceAll("-", "+").replaceAll("_", "/")) : null;
  if (!bytes) throw malformed(what, `its ${member} is not base64`);
  return bytes;
}

export function malformed(what: string, why: string): VerificationError {
  return new VerificationError("malformed", `the ${what} is malformed: ${why}`);
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
