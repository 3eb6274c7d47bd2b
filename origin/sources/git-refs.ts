import { isCommit } from "../../protocol/tag.ts";
import { type GitOptions, type GitRemote, runGit } from "./git-remote.ts";
import { matchesAny } from "./allowed-refs.ts";

/** Full names of refs, such as `refs/heads/main`, with what they point to. */
export interface GitRefs {
  /** As the server has them; a tag may be an object of its own. */
  readonly targets: ReadonlyMap<string, string>;
  /** The commits of tags that are objects of their own. */
  readonly peeled: ReadonlyMap<string, string>;
}

export const HEAD = "HEAD";
const PEELED = "^{}";

/** Asks the server, without fetching anything: HEAD and the branches and tags that fit the patterns. */
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

/** git's patterns fit the end of a name, too (`refs/pull/1/HEAD`); this is exact. */
function isAllowedRef(ref: string, patterns: readonly string[]): boolean {
  const short = /^refs\/(?:heads|tags)\/(.+)$/.exec(ref)?.[1];
  return ref === HEAD || (short !== undefined && matchesAny(patterns, short));
}

/** The commit of a branch, else of a tag. */
export function findRef({ targets, peeled }: GitRefs, name: string): string | undefined {
  const tag = `refs/tags/${name}`;
  return targets.get(`refs/heads/${name}`) ?? peeled.get(tag) ?? targets.get(tag);
}
