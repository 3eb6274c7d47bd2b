import { isCommit } from "../../protocol/tag.ts";
import { type GitOptions, type GitRemote, runGit } from "./git-remote.ts";
import { matchesAny } from "./allowed-refs.ts";

/** Refs by their full names, such as `refs/heads/main`. */
export interface GitRefs {
  /** The object that each ref points to: a commit, or a tag object. */
  readonly targets: ReadonlyMap<string, string>;
  /** For each ref that points to a tag object, the commit of the tag. */
  readonly peeled: ReadonlyMap<string, string>;
}

export const HEAD = "HEAD";
const PEELED = "^{}";

/** Asks the server for HEAD, and for branches and tags that match the patterns. Fetches no objects. */
export async function listRefs(remote: GitRemote, patterns: readonly string[], git: GitOptions): Promise<GitRefs> {
  const args = ["ls-remote", "--", remote.url, HEAD, "refs/heads/*", "refs/tags/*"];
  return parseRefs(await runGit(args, git), patterns);
}

/** Reads the lines of `git ls-remote`. */
export function parseRefs(lines: readonly string[], patterns: readonly string[]): GitRefs {
  const targets = new Map<string, string>();
  const peeled = new Map<string, string>();
  for (const line of lines) {
    const [hash = "", name = ""] = line.split("\t");
    const isPeeled = name.endsWith(PEELED);
    const ref = isPeeled ? name.slice(0, -PEELED.length) : name;
    if (isCommit(hash) && isAllowedRef(ref, patterns)) (isPeeled ? peeled : targets).set(ref, hash);
  }
  return { targets, peeled };
}

/** git's own patterns also match the end of a name (`refs/pull/1/HEAD`). This check matches the whole name. */
function isAllowedRef(ref: string, patterns: readonly string[]): boolean {
  const short = /^refs\/(?:heads|tags)\/(.+)$/.exec(ref)?.[1];
  return ref === HEAD || (short !== undefined && matchesAny(patterns, short));
}

/** The commit of a branch with this name, or else of a tag. */
export function findRef({ targets, peeled }: GitRefs, name: string): string | undefined {
  const tag = `refs/tags/${name}`;
  return targets.get(`refs/heads/${name}`) ?? peeled.get(tag) ?? targets.get(tag);
}
