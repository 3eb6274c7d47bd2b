import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { gitEnvironment } from "../isolation/git-environment.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { addToStore, SOURCE_NAME } from "../nix/add-to-store.ts";
import type { ResolvedSource } from "../nix/resolved-source.ts";
import { withOwnedFolder } from "../system/owned-folder.ts";
import { createGitClone, type GitClone } from "./git-clone.ts";
import { type GitRefs, listRefs } from "./git-refs.ts";
import type { GitRemote } from "./git-remote.ts";
import { createGitTags, REPOSITORY } from "./git-tags.ts";
import { createRefreshed } from "./refreshed.ts";
import { type Revision, unreachable } from "./revision.ts";
import { createStoredRevisions } from "./stored-revisions.ts";

interface GitSourceOptions {
  readonly remote: GitRemote;
  /** The tag `latest` means this branch, tag or commit. If undefined, it means the repository's HEAD. */
  readonly defaultRef: string | undefined;
  readonly patterns: readonly string[];
  readonly refTtlMs: number;
  readonly directory: string;
  /** The most bytes of all commits that the origin keeps. */
  readonly maxBytes: number;
  /** A server that sends nothing for this time counts as down. */
  readonly silenceMs: number;
  /** The environment of git. */
  readonly env: Readonly<Record<string, string>>;
  readonly isolation: Isolation;
  /** Aborts all work when the origin stops. */
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly now: () => number;
}

/** Makes a source from the store path that has a commit's files. */
type StoredSource = (path: string, commit: string) => ResolvedSource;

/** A server that takes longer to list its refs counts as down. */
const LIST_TIMEOUT_MS = 30_000;
/** The temporary folders for a commit's files begin with this word. */
export const CHECKOUT_FOLDER = "checkout-";

/** Resolves tags of a git repository to commits in the history of its allowed refs. */
export function createGitSource(options: GitSourceOptions): (tag: string, stored: StoredSource) => Promise<Revision> {
  const { remote, defaultRef, refTtlMs, env, signal, now } = options;
  // `latest` is always allowed, so its ref is allowed, too.
  const patterns = defaultRef === undefined ? options.patterns : [...options.patterns, defaultRef];
  const clone = createGitClone(options);
  const store = createStoredRevisions({
    ...options,
    name: remote.url,
    fetchToStore: ({ revision, gcRoot }) => storeFiles(clone, revision, { ...options, gcRoot }),
  });
  const refs = createRefreshed(() => list(), now);

  async function list(): Promise<GitRefs> {
    const git = {
      env: gitEnvironment(env, remote.credentials),
      signal: AbortSignal.any([signal, AbortSignal.timeout(LIST_TIMEOUT_MS)]),
    };
    return listRefs(remote, patterns, git).catch(fail);
  }

  function fail(cause: unknown): never {
    signal.throwIfAborted();
    throw unreachable(REPOSITORY, cause);
  }

  let hasSynced = false;

  async function isAllowed(commit: string, maxAgeMs: number): Promise<boolean> {
    try {
      await clone.sync(await refs.get(maxAgeMs)).catch(fail);
      hasSynced = true;
    } catch (error) {
      // While the server is down, the clone can answer. But first, one sync must have removed refs that are not
      // allowed any more.
      if (hasSynced && (await clone.contains(commit))) return true;
      throw error;
    }
    return clone.contains(commit);
  }

  const resolve = createGitTags({ defaultRef, patterns: options.patterns, refTtlMs, refs, isAllowed });

  return async (tag, stored) => {
    const revision = await resolve(tag);
    return {
      revision,
      isExact: true,
      async fetch(onEvent) {
        // The branch may have changed since the list of refs was made, and the commit may be on no ref now.
        if (!(await clone.contains(revision)) && !(await isAllowed(revision, refTtlMs))) {
          throw unreachable(REPOSITORY, new Error(`no ref has ${revision} any more`));
        }
        return stored(await store.path(revision, onEvent).catch(fail), revision);
      },
    };
  };
}

/** Adds the files of a commit to the Nix store, and returns the store path. */
async function storeFiles(
  clone: GitClone,
  commit: string,
  options: GitSourceOptions & { readonly gcRoot: string },
): Promise<string> {
  return withOwnedFolder(options.directory, CHECKOUT_FOLDER, async (scratch) => {
    const folder = join(scratch, SOURCE_NAME);
    await mkdir(folder);
    await clone.checkOut(commit, folder);
    return addToStore(folder, options);
  });
}
