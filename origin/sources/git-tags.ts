import { DEFAULT_TAG, isCommit } from "../../protocol/tag.ts";
import { matchesAny } from "./allowed-refs.ts";
import { findRef, type GitRefs, HEAD } from "./git-refs.ts";
import type { Refreshed } from "./refreshed.ts";
import { unknownTag, unreachable } from "./revision.ts";

interface GitTagOptions {
  /** What `latest` stands for: a branch, a tag or a commit; undefined for the repository's HEAD. */
  readonly defaultRef: string | undefined;
  /** The refs that may be asked for. */
  readonly patterns: readonly string[];
  readonly refTtlMs: number;
  readonly refs: Refreshed<GitRefs>;
  /** Whether a commit is on an allowed ref, or before it, by a list of refs that is at most so old. */
  readonly isAllowed: (commit: string, maxAgeMs: number) => Promise<boolean>;
}

/** The source's name in errors. */
export const REPOSITORY = "the git repository";
/**
 * A tag that is not known yet is looked for again when the list is older than this: soon enough for who has
 * just pushed it, and seldom enough for whoever makes tags up.
 */
const RETRY_UNKNOWN_MS = 15_000;

/** Resolves tags of images to commits of a git repository. Throws `MANIFEST_UNKNOWN`. */
export function createGitTags(options: GitTagOptions): (tag: string) => Promise<string> {
  const { defaultRef, patterns, refTtlMs, refs, isAllowed } = options;
  const retryMs = Math.min(RETRY_UNKNOWN_MS, refTtlMs);

  async function resolveCommit(commit: string): Promise<string> {
    if ((await isAllowed(commit, refTtlMs)) || (await isAllowed(commit, retryMs))) return commit;
    throw unknownTag(commit, "this commit is not on a branch or tag of the package source that may be asked for");
  }

  async function resolveName(name: string): Promise<string> {
    for (const maxAgeMs of [refTtlMs, retryMs]) {
      const commit = findRef(await refs.get(maxAgeMs), name);
      if (commit !== undefined) return commit;
    }
    throw unknownTag(name, "the package source has no branch or tag of that name");
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
    throw unknownTag(tag, `the tags that may be asked for are ${["latest", ...patterns].join(", ")}`);
  };
}
