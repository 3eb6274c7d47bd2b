import type { Progress } from "./progress.ts";

const MS_PER_SECOND = 1000;

/** Says why a command stands still: KV refuses calls for some milliseconds. */
export function kvHold(progress: Pick<Progress, "note">): (ms: number) => void {
  return (ms) =>
    progress.note(
      `Cloudflare's API takes no more calls of this account; going on in ${Math.ceil(ms / MS_PER_SECOND)} s`,
    );
}
