import { DEFAULT_TAG, isCommit } from "../../protocol/tag.ts";
import { matchesAny } from "./allowed-refs.ts";
import { createRefreshed, type Refreshed } from "./refreshed.ts";
import { type Revision, unknownTag, unreachable } from "./revision.ts";

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

/**
 * Resolves tags of nixpkgs to commits. GitHub serves the commits of any fork under nixpkgs' own name, and
 * a clone to look them up in would be of gigabytes: a commit is taken only if a channel was seen to stand
 * for it, or the operator names it.
 */
export function createChannelSource(options: ChannelSourceOptions): (tag: string) => Promise<Revision> {
  const { channel, patterns, refTtlMs, urls, signal, now } = options;
  const channels = new Map<string, Refreshed<string | undefined>>();
  const seen = new Set<string>();

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
    const location = `${urls.nixpkgs}/archive/${revision}.tar.gz`;
    return { revision, isExact: true, fetch: async () => ({ kind: "tarball", location, revision }) };
  };
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
