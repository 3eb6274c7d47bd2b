import { basename } from "node:path";
import type { Isolation } from "../isolation/isolation.ts";
import { DEFAULT_TAG } from "../../protocol/tag.ts";
import { ANY_REF, KNOWN_CHANNELS } from "./allowed-refs.ts";
import { type SourceUrls, createChannelSource } from "./channel-source.ts";
import type { FlakeSource } from "./flake-reference.ts";
import { parseGitRemote } from "./git-remote.ts";
import { createGitSource } from "./git-source.ts";
import type { PackageSource, PathSource } from "./package-source.ts";
import type { ResolvedSource } from "../nix/resolved-source.ts";
import { type Revision, unknownTag, unreachable, UNVERSIONED } from "./revision.ts";
import { folderRevision, withNixpkgs } from "./set-nixpkgs.ts";
import type { SourceAccess } from "./settings.ts";
import { addToStore, storedSource } from "../nix/add-to-store.ts";
import { againIfVanished } from "../nix/vanished.ts";
import { createStoredRevisions, withTemporaryRoot } from "./stored-revisions.ts";

/**
 * Finds the revision of a tag, without fetching its contents. Throws `MANIFEST_UNKNOWN` if the tag does not exist or is
 * not allowed.
 */
export type ResolveTag = (tag: string) => Promise<Revision>;

interface SourcesOptions {
  readonly source: PackageSource;
  readonly access: SourceAccess;
  readonly urls: SourceUrls;
  /** The environment of git, without secrets. */
  readonly env: Readonly<Record<string, string>>;
  readonly isolation: Isolation;
  /** Aborts all work when the origin stops. */
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly now: () => number;
}

/** Makes the resolver that all builds share. It keeps the commits of refs in memory for some time. */
export function createTagResolver(options: SourcesOptions): ResolveTag {
  const { source, access } = options;
  const resolve = setResolver(options);
  const { nixpkgs } = access;
  // A channel is a nixpkgs itself, and a flake names its nixpkgs as an input.
  if (nixpkgs === undefined || source.kind === "channel" || source.kind === "flake") return resolve;
  if (nixpkgs.kind === "path") return async (tag) => withNixpkgs(await resolve(tag), folderRevision(nixpkgs.path));
  const resolveNixpkgs = channelResolver(options, nixpkgs.channel, []);
  return async (tag) => withNixpkgs(await resolve(tag), await resolveNixpkgs(DEFAULT_TAG));
}

function setResolver(options: SourcesOptions): ResolveTag {
  const { source, access } = options;
  switch (source.kind) {
    case "path":
      return latestOnly(() => pathRevision(source, access.restrictsPath));
    case "channel":
      return channelResolver(options, source.channel, access.allowedRefs.patterns ?? KNOWN_CHANNELS);
    case "git": {
      const resolve = gitResolver(options, source.url, undefined);
      return (tag) => resolve(tag, (location, revision) => ({ kind: "path", location, revision }));
    }
    case "flake":
      return flakeResolver(options, source);
  }
}

function channelResolver(options: SourcesOptions, channel: string, patterns: readonly string[]): ResolveTag {
  const { access, urls, signal, now } = options;
  return createChannelSource({ ...access, channel, patterns, urls, signal, now });
}

function gitResolver(
  { access, env, isolation, signal, now }: SourcesOptions,
  url: string,
  defaultRef: string | undefined,
) {
  return createGitSource({
    remote: parseGitRemote(url, access.gitToken),
    defaultRef,
    patterns: access.allowedRefs.patterns ?? ANY_REF,
    refTtlMs: access.refTtlMs,
    directory: access.directory,
    maxBytes: access.maxBytes,
    silenceMs: access.silenceMs,
    env,
    isolation,
    signal,
    now,
  });
}

function flakeResolver(options: SourcesOptions, { location, directory }: FlakeSource): ResolveTag {
  const stored = (path: string, revision: string): ResolvedSource => ({
    kind: "flake",
    location: path,
    revision,
    ...(directory === undefined ? {} : { directory }),
  });
  if (location.kind === "git") {
    const resolve = gitResolver(options, location.url, location.ref);
    return (tag) => resolve(tag, stored);
  }
  const { isolation, signal, access } = options;
  const { directory: folder } = access;
  const { path: flake } = location;
  const store = createStoredRevisions({
    name: `path:${flake}`,
    directory: folder,
    maxBytes: access.maxBytes,
    isolation,
    signal,
    fetchToStore: async ({ revision }) => storedSource(revision),
  });
  // There is no commit. But the store path has a hash of the contents, and this hash is the revision.
  async function add(gcRoot: string): Promise<string> {
    const path = await addToStore(flake, { isolation, signal, gcRoot });
    const [hash = ""] = basename(path).split("-");
    await store.path(hash);
    return hash;
  }
  return latestOnly(async () => {
    const revision = await againIfVanished(() => withTemporaryRoot(folder, add)).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw unreachable("the flake", cause);
    });
    return { revision, isExact: true, fetch: async () => stored(await store.path(revision), revision) };
  });
}

async function pathRevision({ path, revision }: PathSource, restricted: boolean): Promise<Revision> {
  const resolved: ResolvedSource = {
    kind: "path",
    location: path,
    revision: revision ?? UNVERSIONED,
    restricted,
  };
  return { revision: resolved.revision, isExact: revision !== undefined, fetch: async () => resolved };
}

function latestOnly(resolve: () => Promise<Revision>): ResolveTag {
  return async (tag) => {
    if (tag === DEFAULT_TAG) return resolve();
    throw unknownTag(tag, `this package source has only the tag ${DEFAULT_TAG}`);
  };
}
