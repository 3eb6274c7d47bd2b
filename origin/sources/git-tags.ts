import { DEFAULT_TAG, isCommit } from "../../protocol/tag.ts";
import { matchesAny } from "./allowed-refs.ts";
import { findRef, type GitRefs, HEAD } from "./git-refs.ts";
import type { Refreshed } from "./refreshed.ts";
import { unknownTag, unreachable } from "./revision.ts";

interface GitTagOptions {
  /** The tag `latest` means this branch, tag or commit. If undefined, it means the repository's HEAD. */
  readonly defaultRef: string | undefined;
  /** The allowed refs. */
  readonly patterns: readonly string[];
  readonly refTtlMs: number;
  readonly refs: Refreshed<GitRefs>;
  /** Whether an allowed ref has the commit in its history. The list of refs is at most `maxAgeMs` old. */
  readonly isAllowed: (commit: string, maxAgeMs: number) => Promise<boolean>;
}

/** The source's name in errors. */
export const REPOSITORY = "the git repository";
/**
 * If a tag is unknown and the list of refs is older than this, the list is read again. So a new tag works soon after
 * its push, and invented tags cause few calls.
 */
const RETRY_UNKNOWN_MS = 15_000;

/** Resolves tags of images to commits of a git repository. Throws `MANIFEST_UNKNOWN`. */
export function createGitTags(options: GitTagOptions): (tag: string) => Promise<string> {
  const { defaultRef, patterns, refTtlMs, refs, isAllowed } = options;
  const retryMs = Math.min(RETRY_UNKNOWN_MS, refTtlMs);

  async function resolveCommit(commit: string): Promise<string> {
    if ((await isAllowed(commit, refTtlMs)) || (await isAllowed(commit, retryMs))) return commit;
    throw unknownTag(commit, "this commit is not on an allowed branch or tag of the package source");
  }

  async function resolveName(name: string): Promise<string> {
    for (const maxAgeMs of [refTtlMs, retryMs]) {
      const commit = findRef(await refs.get(maxAgeMs), name);
      if (commit !== undefined) return commit;
    }
    throw unknownTag(name, "the package source has no branch or tag with this name");
  }

  async function resolveDefault(): Promise<string> {
    if (defaultRef !== undefined) return isCommit(defaultRef) ? resolveCommit(defaultRef) : resolveName(defaultRef);
    const commit = (await refs.get(refTtlMs)).targets.get(HEAD);
    if (commit !== undefined) return commit;
    throw unreachable(REPOSITORY, new Error("ls-remote gave no commit for HEAD"));
  }

  return async (tag) => {
    if (tag === DEFAULT_TAG) return resolveDefault();
    if (isCommit(tag)) return resolveCommit(tag);
    if (matchesAny(patterns, tag)) return resolveName(tag);
    throw unknownTag(tag, `the allowed tags are ${["latest", ...patterns].join(", ")}`);
  };
}
