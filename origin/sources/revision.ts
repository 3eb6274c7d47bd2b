import { OciError } from "../../protocol/oci-error.ts";
import type { SourceUrls } from "../config.ts";
import { runCommand } from "../nix/command.ts";
import type { PackageSource } from "./package-source.ts";

/** A package source at one revision, in the terms of `cornice-prepare-image`. */
export interface ResolvedSource {
  readonly kind: "path" | "git" | "tarball";
  readonly location: string;
  /** A commit; for a path, whatever the operator calls its state. */
  readonly revision: string;
}

interface ResolveOptions {
  readonly urls: SourceUrls;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const COMMIT = /^[0-9a-f]{40}$/;
/** What the tag records of a path source say when its state has no name. */
export const UNVERSIONED = "unversioned";
const MAX_REVISION_FILE_BYTES = 1024;
/** A server that takes longer is as good as down. */
const RESOLVE_TIMEOUT_MS = 30_000;

/** Finds the commit that a source stands for now, without fetching its contents. */
export async function resolveSource(source: PackageSource, given: ResolveOptions): Promise<ResolvedSource> {
  const options = { ...given, signal: AbortSignal.any([given.signal, AbortSignal.timeout(RESOLVE_TIMEOUT_MS)]) };
  switch (source.kind) {
    case "path":
      return { kind: "path", location: source.path, revision: source.revision ?? UNVERSIONED };
    case "channel": {
      const revision = COMMIT.test(source.channel) ? source.channel : await channelRevision(source.channel, options);
      return { kind: "tarball", location: `${options.urls.nixpkgs}/archive/${revision}.tar.gz`, revision };
    }
    case "git":
      return { kind: "git", location: source.url, revision: await headRevision(source.url, options) };
  }
}

async function channelRevision(channel: string, { urls, signal }: ResolveOptions): Promise<string> {
  const url = `${urls.channels}/${channel}/git-revision`;
  const response = await fetch(url, { signal }).catch((cause: unknown) => {
    throw unreachable(`channel ${channel}`, cause);
  });
  const text = (await response.text()).slice(0, MAX_REVISION_FILE_BYTES).trim();
  if (response.ok && COMMIT.test(text)) return text;
  throw unreachable(`channel ${channel}`, new Error(`GET ${url} answered ${response.status}: ${text}`));
}

async function headRevision(url: string, { env, signal }: ResolveOptions): Promise<string> {
  const lines: string[] = [];
  const problems: string[] = [];
  await runCommand("git", {
    args: ["ls-remote", "--", url, "HEAD"],
    // Without a terminal git must fail rather than ask for a password.
    env: { ...env, GIT_TERMINAL_PROMPT: "0" },
    onStdout: (line) => lines.push(line),
    onStderr: (line) => problems.push(line),
    signal,
  }).catch((cause: unknown) => {
    throw unreachable("the git repository", new Error(problems.join("\n"), { cause }));
  });
  const commit = lines[0]?.split("\t", 1)[0] ?? "";
  if (COMMIT.test(commit)) return commit;
  throw unreachable("the git repository", new Error(`ls-remote gave no commit for HEAD: ${lines.join("\n")}`));
}

/** Clients show the text of a 4xx only, so that even this is told as "unknown". */
function unreachable(what: string, cause: unknown): OciError {
  return new OciError("MANIFEST_UNKNOWN", `the package source cannot be read now (${what}); try again later`, {
    cause,
  });
}
