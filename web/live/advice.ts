import type { OciErrorCode } from "../../protocol/oci-error.ts";

const CORRECT = "Correct the name or the tag.";
const ASK_FOR_ACCOUNT = "Ask the operator of this registry for an account.";
const ANOTHER =
  "Correct the name or the tag, or leave the package out. If a package does not build, another revision of it may: " +
  "try another tag.";

const ADVICE: Readonly<Partial<Record<OciErrorCode, string>>> = {
  MANIFEST_UNKNOWN: ANOTHER,
  NAME_UNKNOWN: ANOTHER,
  NAME_INVALID: CORRECT,
  TAG_INVALID: CORRECT,
  DENIED: ASK_FOR_ACCOUNT,
  UNAUTHORIZED: ASK_FOR_ACCOUNT,
  TOOMANYREQUESTS: "Wait a minute, then try again.",
  UNAVAILABLE:
    "The part that builds is down or busy. Images that were built before can be pulled. Try again in a minute.",
};

/** What a person can do about a build that failed. */
export function adviceFor(code: OciErrorCode): string {
  return (
    ADVICE[code] ??
    "Try again in a minute. If it fails again, tell the operator of this registry. The log has the reason."
  );
}
