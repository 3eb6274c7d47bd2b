import { type Digest, digestHex } from "../../protocol/digest.ts";
import { isJsonObject, type JsonObject, jsonMembers } from "../../protocol/json-object.ts";
import { jsonOf, malformed, objectIn } from "./read-json.ts";
import { VerificationError } from "./verification-error.ts";

/** What a statement says about the image. */
export interface VerifiedStatement {
  readonly predicateType: string;
  readonly predicate: JsonObject;
}

const WHAT = "statement";
/** cosign 2 and BuildKit write version 0.1. The versions have the same members. */
const STATEMENT_TYPES = ["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"];

/** Reads an in-toto statement whose signature holds. The image must be one of its subjects. */
export function verifyStatement(payload: Uint8Array, image: Digest): VerifiedStatement {
  const statement = jsonOf(payload, WHAT);
  const { _type: type, predicateType, subject } = statement;
  if (!STATEMENT_TYPES.some((known) => known === type)) throw malformed(WHAT, "it has an unknown type");
  if (typeof predicateType !== "string") throw malformed(WHAT, "it has no predicateType");
  if (!jsonMembers(subject).some((each) => isSubject(each, image)))
    throw new VerificationError("other-image", `the statement is about another image than ${image}`);
  return { predicateType, predicate: objectIn(statement, "predicate", WHAT) };
}

function isSubject(subject: unknown, image: Digest): boolean {
  const digests = isJsonObject(subject) ? subject["digest"] : undefined;
  return isJsonObject(digests) && digests["sha256"] === digestHex(image);
}
