import { plainLine } from "../protocol/plain-text.ts";
import type { Finding } from "./verification/finding.ts";
import type { VerifyResult } from "./verify-command.ts";

const MARKS: Readonly<Record<Finding["outcome"], string>> = { holds: "ok", fails: "FAIL", absent: "none" };
const MARK_WIDTH = 6;
const CHECK_WIDTH = 11;

/** The last line of `--json`. */
export function verifyEvent({ reference, digest, verified, signedBy, isPinned, findings }: VerifyResult): string {
  return JSON.stringify({
    event: "verification",
    reference,
    digest,
    verified,
    signedBy,
    keyIsPinned: isPinned,
    findings,
  });
}

/** A line for each finding, then the result. */
export function verifyText(result: VerifyResult): string {
  const lines = result.findings.map(
    ({ check, outcome, message }) =>
      `${MARKS[outcome].padEnd(MARK_WIDTH)}${check.padEnd(CHECK_WIDTH)}${plainLine(message, " ")}`,
  );
  return [...lines, "", ...(result.signedBy.length > 0 ? keyLines(result) : []), resultLine(result)].join("\n");
}

function resultLine({ verified, reference, digest }: VerifyResult): string {
  return verified ? `verified: ${reference} is ${digest}` : `NOT verified: ${reference}; see the lines with FAIL`;
}

function keyLines({ isPinned, keyAddress }: VerifyResult): readonly string[] {
  if (isPinned) return [];
  return [
    "The key comes from the registry itself. So the signature shows only that the image has not changed since the registry",
    "signed it. Whoever can change the registry can change both. To pin the key, save it once and compare it with its owner:",
    `  curl -fsSo cosign.pub ${keyAddress}`,
    "  bin/cornice verify --key cosign.pub …",
    "",
  ];
}
