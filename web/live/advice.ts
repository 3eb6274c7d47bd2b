import type { OciErrorCode } from "../../protocol/oci-error.ts";

const CORRECT = "Correct the name or the tag.";
const ASK_FOR_ACCOUNT = "Ask whoever runs this registry for an account.";
const ANOTHER =
  "Correct the name or the tag, or leave the package out. A package that does not build may do so in another revision: " +
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
    "The part that builds is down or busy; images that were built before can be pulled all the same. Try again in a minute.",
};

/** What a person can do about a build that failed. */
export function adviceFor(code: OciErrorCode): string {
  return (
    ADVICE[code] ?? "Try again in a minute. If it goes on, tell whoever runs this registry: its log has the reason."
  );
}
