import type { Isolation } from "../isolation/isolation.ts";
import { expressionFile } from "../nix/expressions.ts";
import { CONNECT_TIMEOUT, runNix } from "../nix/run-nix.ts";
import { isStorePath } from "../../image/closure/store-path.ts";
import { DEFAULT_TAG, isCommit } from "../../protocol/tag.ts";
import { matchesAny } from "./allowed-refs.ts";
import { createRefreshed, type Refreshed } from "./refreshed.ts";
import { type Revision, unknownTag, unreachable } from "./revision.ts";
import { createStoredSources } from "./stored-source.ts";

/** Where channels and nixpkgs revisions are fetched from. */
export interface SourceUrls {
  readonly channels: string;
  readonly nixpkgs: string;
}

interface ChannelSourceOptions {
  /** What `latest` stands for: a channel or a commit. */
  readonly channel: string;
  readonly patterns: readonly string[];
  readonly refTtlMs: number;
  readonly urls: SourceUrls;
  /** Which revisions are in the Nix store is kept here. */
  readonly directory: string;
  readonly isolation: Isolation;
  /** Ends all work when the origin stops. */
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly now: () => number;
}

const MAX_REVISION_FILE_BYTES = 1024;
/** A server that takes longer is as good as down. */
const TIMEOUT_MS = 30_000;
/** nixpkgs has some dozens; more are names that somebody makes up. */
const MAX_CHANNELS = 1000;
/** nixpkgs is 40 MB, and takes Nix a minute to unpack on a slow machine. */
const FETCH_TIMEOUT_MS = 900_000;

/**
 * Resolves tags of nixpkgs to commits. GitHub serves the commits of any fork under nixpkgs' own name, and
 * a clone to look them up in would be of gigabytes: a commit is taken only if a channel was seen to stand
 * for it, or the operator names it.
 */
export function createChannelSource(options: ChannelSourceOptions): (tag: string) => Promise<Revision> {
  const { channel, patterns, refTtlMs, urls, signal, now } = options;
  const channels = new Map<string, Refreshed<string | undefined>>();
  const seen = new Set<string>();
  const store = createStoredSources({ ...options, name: urls.nixpkgs, bring: fetchArchive });

  async function fetchArchive(revision: string): Promise<string> {
    const url = `${urls.nixpkgs}/archive/${revision}.tar.gz`;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]);
    return fetchTarball(url, options.isolation, limit).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw unreachable(`the archive of ${revision}`, cause);
    });
  }

  async function channelRevision(name: string): Promise<string> {
    const known = channels.get(name) ?? createRefreshed(() => readRevision(name, urls, signal), now);
    if (channels.size >= MAX_CHANNELS && !channels.has(name)) channels.clear();
    channels.set(name, known);
    const revision = await known.get(refTtlMs);
    if (revision === undefined) throw unknownTag(name, "there is no channel of that name");
    seen.add(revision);
    return revision;
  }

  async function resolveCommit(commit: string): Promise<string> {
    if (commit === channel || patterns.includes(commit) || seen.has(commit)) return commit;
    // After a start nothing has been seen yet.
    const named = [channel, ...patterns].filter((name) => !isCommit(name) && !name.includes("*"));
    for (const name of named) if ((await channelRevision(name)) === commit) return commit;
    throw unknownTag(commit, "this commit is not one of a channel that may be asked for; ask for the channel instead");
  }

  async function resolve(tag: string): Promise<string> {
    if (isCommit(tag)) return resolveCommit(tag);
    if (tag === DEFAULT_TAG) return isCommit(channel) ? channel : channelRevision(channel);
    if (tag === channel || matchesAny(patterns, tag)) return channelRevision(tag);
    throw unknownTag(tag, `the tags that may be asked for are ${["latest", ...patterns].join(", ")}`);
  }

  return async (tag) => {
    const revision = await resolve(tag);
    const fetchSource = async () => ({ kind: "path", location: await store.path(revision), revision }) as const;
    return { revision, isExact: true, fetch: fetchSource };
  };
}

/** By an expression of our own: nothing of the archive is evaluated. Gives its path in the Nix store. */
function fetchTarball(url: string, isolation: Isolation, signal: AbortSignal): Promise<string> {
  return isolation.withScratch(async (scratch) => {
    const file = expressionFile("fetch-tarball.nix");
    const args = ["--eval", "--json", "--read-write-mode", ...CONNECT_TIMEOUT, file, "--argstr", "url", url];
    const command = await isolation.confined("nix-instantiate", args, { readable: [file], network: true, scratch });
    const path: unknown = JSON.parse((await runNix(command, signal)).join("\n"));
    if (typeof path === "string" && isStorePath(path)) return path;
    throw new Error(`fetching ${url} gave no store path`);
  });
}

/** Undefined when there is no such channel. */
async function readRevision(channel: string, urls: SourceUrls, stop: AbortSignal): Promise<string | undefined> {
  const url = `${urls.channels}/${channel}/git-revision`;
  const signal = AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]);
  const fail = (cause: unknown): never => {
    stop.throwIfAborted();
    throw unreachable(`channel ${channel}`, cause);
  };
  const response = await fetch(url, { signal }).catch(fail);
  const text = (await response.text().catch(fail)).slice(0, MAX_REVISION_FILE_BYTES).trim();
  if (response.status === 404) return undefined;
  if (response.ok && isCommit(text)) return text;
  return fail(new Error(`GET ${url} answered ${response.status}: ${text}`));
}
