import type { BuildListener } from "../../protocol/build-events.ts";
import { DEFAULT_TAG, isCommit } from "../../protocol/tag.ts";
import { fetchArchive } from "../archives/fetch-archive.ts";
import type { UnpackedTree } from "../archives/unpack-archive.ts";
import type { ResolvedSource } from "../nix/resolved-source.ts";
import { matchesAny } from "./allowed-refs.ts";
import { readChannel } from "./read-channel.ts";
import { createRefreshed, type Refreshed } from "./refreshed.ts";
import { type Revision, unknownTag, unreachable } from "./revision.ts";
import { createUnpackedRevisions, type RevisionUnpacking } from "./unpacked-revisions.ts";

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
  /** The folder for downloads and unpacked revisions. */
  readonly directory: string;
  /** The most bytes of all revisions that the origin keeps. */
  readonly maxBytes: number;
  /** A server that sends nothing for this time counts as down; milliseconds. */
  readonly silenceMs: number;
  /** Aborts all work when the origin stops. */
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly now: () => number;
}

/** nixpkgs has some dozens of channels. If there are more names, clients have invented them. */
const MAX_CHANNELS = 1000;
/** The digits of a commit that messages show. */
const SHOWN_DIGITS = 12;

/**
 * Resolves tags of nixpkgs to commits. GitHub serves the commits of all forks under nixpkgs' own address. A clone could
 * tell which commits are nixpkgs' own, but it would have gigabytes. So Cornice accepts a commit only if an allowed
 * channel pointed to it since the origin's start, or if the operator names it.
 */
export function createChannelSource(options: ChannelSourceOptions): (tag: string) => Promise<Revision> {
  const { channel, patterns, refTtlMs, urls, signal, now } = options;
  const channels = new Map<string, Refreshed<string | undefined>>();
  const seen = new Set<string>();
  const revisions = createUnpackedRevisions({ ...options, name: urls.nixpkgs, unpack });

  function unpack({ revision, folder, onEvent }: RevisionUnpacking): Promise<UnpackedTree> {
    const url = `${urls.nixpkgs}/archive/${revision}.tar.gz`;
    const name = `nixpkgs at ${revision.slice(0, SHOWN_DIGITS)}`;
    return fetchArchive({ ...options, url, name, folder, onEvent });
  }

  async function channelRevision(name: string): Promise<string> {
    const known = channels.get(name) ?? createRefreshed(() => readChannel(name, urls.channels, signal), now);
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
    const fetchSource = async (onEvent?: BuildListener): Promise<ResolvedSource> => {
      const location = await revisions.path(revision, onEvent).catch((cause: unknown) => {
        signal.throwIfAborted();
        throw unreachable(`the archive of ${revision}`, cause);
      });
      return { kind: "path", location, revision };
    };
    return { revision, isExact: true, fetch: fetchSource };
  };
}
