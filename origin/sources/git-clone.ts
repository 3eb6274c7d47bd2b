import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type GitRefs, HEAD } from "./git-refs.ts";
import { type GitRemote, runGit } from "./git-remote.ts";
import { gitEnvironment, offline } from "../isolation/git-environment.ts";
import { repositoryHash } from "./repository-hash.ts";
import { markUsed } from "./kept-revisions.ts";
import { removeStaleLocks } from "./stale-locks.ts";
import { makeOwnedFolder } from "../system/owned-folder.ts";
import { pathExists } from "../system/path-exists.ts";

/** A bare clone on this machine. It has all commits of the allowed refs, and no others. */
export interface GitClone {
  /** Fetches the commits that the clone lacks. Removes refs that are not in `refs`. */
  sync(refs: GitRefs): Promise<void>;
  /** Whether one of the refs has the commit in its history. Never asks the server. */
  contains(commit: string): Promise<boolean>;
  /** Writes a commit's files into an empty folder. */
  checkOut(commit: string, folder: string): Promise<void>;
}

interface CloneOptions {
  readonly remote: GitRemote;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** A server that sends nothing for this time counts as down. */
  readonly silenceMs: number;
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly folder?: string;
}

/** The first clone of a large repository can take hours. Over HTTP, git itself ends a fetch that is silent. */
const FETCH_TIMEOUT_MS = 14_400_000;
/** This ref is not below `refs/heads`, because a branch there could have the same name. */
const LOCAL_HEAD = "refs/cornice/HEAD";
/** The folders of clones that are being made begin with this word. */
export const CLONE_FOLDER = "clone-";

/** Runs git on a clone and returns the output lines. */
type Run = (args: readonly string[], options?: RunOptions) => Promise<string[]>;

export function createGitClone({ remote, directory, env, signal, silenceMs }: CloneOptions): GitClone {
  const folder = join(directory, `${repositoryHash(remote.url)}.git`);
  const online = { ...gitEnvironment(env, remote.credentials), ...endsSilence(silenceMs) };
  const local = offline(gitEnvironment(env));
  let last: Promise<unknown> = Promise.resolve();
  let synced: GitRefs | undefined;

  const run: Run = (args, options = {}) =>
    runGit(["--git-dir", options.folder ?? folder, ...args], {
      env: local,
      signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]),
      ...options,
    });

  /** Runs changes of the clone one after the other. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work, work);
    last = turn.catch(() => undefined);
    return turn;
  }

  async function sync(refs: GitRefs): Promise<void> {
    if (!(await pathExists(folder))) await makeClone(run, { directory, folder, url: remote.url });
    else if (refs === synced) return markUsed(folder);
    await markUsed(folder);
    await removeStaleLocks(folder, Date.now());
    await update(run, online, refs);
    synced = refs;
  }

  return {
    sync: (refs) => inTurn(() => sync(refs)),
    async contains(commit) {
      try {
        const refs = await run(["for-each-ref", "--count=1", `--contains=${commit}`, "--format=%(refname)"]);
        return refs.length > 0;
      } catch {
        signal.throwIfAborted();
        // git fails if the clone does not have the commit.
        return false;
      }
    },
    checkOut: (commit, target) =>
      inTurn(async () => {
        const index = { GIT_INDEX_FILE: `${target}.index` };
        // `read-tree` fetches all missing files in one call. `archive` would fetch them one by one.
        await run(["--work-tree", target, "read-tree", "-u", "--reset", commit], { env: { ...online, ...index } });
      }),
  };
}

/** git's variables: less than one byte a second for this time is an error. */
function endsSilence(silenceMs: number): Record<string, string> {
  return { GIT_HTTP_LOW_SPEED_LIMIT: "1", GIT_HTTP_LOW_SPEED_TIME: String(Math.ceil(silenceMs / 1000)) };
}

interface NewClone {
  /** The folder of all clones. */
  readonly directory: string;
  /** The folder of this clone. */
  readonly folder: string;
  readonly url: string;
}

/** Makes an empty clone. */
async function makeClone(run: Run, { directory, folder, url }: NewClone): Promise<void> {
  const scratch = await makeOwnedFolder(directory, CLONE_FOLDER);
  try {
    await run(["init", "--quiet", "--bare", "--template="], { folder: scratch });
    await run(["config", "remote.origin.url", url], { folder: scratch });
    await rename(scratch, folder);
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    // Another origin may share the directory and may have made the clone first.
    if (!(await pathExists(folder))) throw error;
  }
}

/** Removes refs that are gone, and fetches changed refs. `online` is git's environment for fetching. */
async function update(run: Run, online: NonNullable<RunOptions["env"]>, { targets }: GitRefs): Promise<void> {
  const wanted = new Map([...targets].map(([ref, hash]) => [ref === HEAD ? LOCAL_HEAD : ref, { ref, hash }]));
  const have = await localRefs(run);
  const gone = [...have.keys()].filter((name) => !wanted.has(name));
  // Old refs are removed first. Branch `a` may now be `a/b`, and git cannot have both at the same time.
  if (gone.length > 0) await run(["update-ref", "--stdin"], { input: gone.map((name) => `delete ${name}\n`).join("") });
  const changed = [...wanted].filter(([name, { hash }]) => have.get(name) !== hash);
  if (changed.length === 0) return;
  const refspecs = changed.map(([name, { ref }]) => `+${ref}:${name}\n`).join("");
  // This fetches all commits and folders. git fetches files later, when a commit is checked out.
  const fetch = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--filter=blob:none", "--stdin", "origin"];
  await run(fetch, { env: online, input: refspecs });
}

/** The clone's refs and their hashes. */
async function localRefs(run: Run): Promise<Map<string, string>> {
  const lines = await run(["for-each-ref", "--format=%(objectname) %(refname)"]);
  return new Map(lines.map((line) => [line.slice(41), line.slice(0, 40)]));
}
