import type { Isolation } from "../isolation/isolation.ts";
import { expressionFile } from "../nix/expressions.ts";
import { CONNECT_TIMEOUT, runNix } from "../nix/run-nix.ts";
import { isStorePath } from "../../image/closure/store-path.ts";
import { DEFAULT_TAG, isCommit } from "../../protocol/tag.ts";
import { matchesAny } from "./allowed-refs.ts";
import { createRefreshed, type Refreshed } from "./refreshed.ts";
import { type Revision, unknownTag, unreachable } from "./revision.ts";
import { createStoredSources } from "./stored-source.ts";

/** The servers of channels and of nixpkgs' revisions. */
export interface SourceUrls {
  readonly channels: string;
  readonly nixpkgs: string;
}

interface ChannelSourceOptions {
  /** The tag `latest` means this channel or commit. */
  readonly channel: string;
  readonly patterns: readonly string[];
  readonly refTtlMs: number;
  readonly urls: SourceUrls;
  /** The folder for links to the revisions that are in the Nix store. */
  readonly directory: string;
  readonly isolation: Isolation;
  /** Aborts all work when the origin stops. */
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly now: () => number;
}

const MAX_REVISION_FILE_BYTES = 1024;
/** A server that takes longer counts as down. */
const TIMEOUT_MS = 30_000;
/** nixpkgs has some dozens of channels. If there are more names, clients have invented them. */
const MAX_CHANNELS = 1000;
/** The archive of nixpkgs has 40 MB. On a slow machine, Nix needs a minute to unpack it. */
const FETCH_TIMEOUT_MS = 900_000;

/**
 * Resolves tags of nixpkgs to commits. GitHub serves the commits of all forks under nixpkgs' own address. A clone could
 * tell which commits are nixpkgs' own, but it would have gigabytes. So Cornice accepts a commit only if an allowed
 * channel pointed to it since the origin's start, or if the operator names it.
 */
export function createChannelSource(options: ChannelSourceOptions): (tag: string) => Promise<Revision> {
  const { channel, patterns, refTtlMs, urls, signal, now } = options;
  const channels = new Map<string, Refreshed<string | undefined>>();
  const seen = new Set<string>();
  const store = createStoredSources({ ...options, name: urls.nixpkgs, fetchToStore: fetchArchive });

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
    if (revision === undefined) throw unknownTag(name, "there is no channel with this name");
    seen.add(revision);
    return revision;
  }

  async function resolveCommit(commit: string): Promise<string> {
    if (commit === channel || patterns.includes(commit) || seen.has(commit)) return commit;
    // After a start, `seen` is empty. So the channels that the operator names are read now.
    const named = [channel, ...patterns].filter((name) => !isCommit(name) && !name.includes("*"));
    for (const name of named) if ((await channelRevision(name)) === commit) return commit;
    throw unknownTag(
      commit,
      "this commit is not from an allowed channel; use the name of a channel as the tag instead",
    );
  }

  async function resolve(tag: string): Promise<string> {
    if (isCommit(tag)) return resolveCommit(tag);
    if (tag === DEFAULT_TAG) return isCommit(channel) ? channel : channelRevision(channel);
    if (tag === channel || matchesAny(patterns, tag)) return channelRevision(tag);
    throw unknownTag(tag, `the allowed tags are ${["latest", ...patterns].join(", ")}`);
  }

  return async (tag) => {
    const revision = await resolve(tag);
    const fetchSource = async () => ({ kind: "path", location: await store.path(revision), revision }) as const;
    return { revision, isExact: true, fetch: fetchSource };
  };
}

/** Fetches an archive with one of Cornice's expressions, without evaluating its contents. Returns its store path. */
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

/** Reads the commit of a channel. Undefined if the channel does not exist. */
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
