import { isJsonObject, type JsonObject, jsonMembers } from "../../protocol/json-object.ts";
import { IN_TOTO_MEDIA_TYPE } from "../referrers/artifact-types.ts";
import { type Policy, signingKeyId } from "./policy.ts";
import { bytesIn, malformed } from "./read-json.ts";
import { verifiedAmong } from "./verified-among.ts";
import { type VerifiedStatement, verifyStatement } from "./verify-statement.ts";

/** A statement about the image that a trusted key has signed. */
export interface VerifiedAttestation extends VerifiedStatement {
  readonly keyId: string;
}

const WHAT = "envelope";
/** Each signature costs a computation for each key. Two keys sign while they are rotated. */
const MAX_SIGNATURES = 10;

/** Verifies a DSSE envelope around an in-toto statement. One signature of a trusted key is enough. */
export async function verifyEnvelope(envelope: JsonObject, policy: Policy): Promise<VerifiedAttestation> {
  if (envelope["payloadType"] !== IN_TOTO_MEDIA_TYPE) throw malformed(WHAT, "its payload is no in-toto statement");
  const payload = bytesIn(envelope, "payload", WHAT);
  const signatures = jsonMembers(envelope["signatures"]);
  if (signatures.length > MAX_SIGNATURES) throw malformed(WHAT, `it has ${signatures.length} signatures`);
  const signed = signedBytes(payload);
  const [keyId] = await verifiedAmong(signatures, async (each) => {
    if (!isJsonObject(each)) throw malformed(WHAT, "a signature is no object");
    return signingKeyId(policy, signed, bytesIn(each, "sig", WHAT));
  });
  return { ...verifyStatement(payload, policy.image), keyId };
}

/** https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md#signature-definition, for the one type here. */
function signedBytes(payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = `DSSEv1 ${IN_TOTO_MEDIA_TYPE.length} ${IN_TOTO_MEDIA_TYPE} ${payload.length} `;
  const bytes = new Uint8Array(head.length + payload.length);
  new TextEncoder().encodeInto(head, bytes);
  bytes.set(payload, head.length);
  return bytes;
}
