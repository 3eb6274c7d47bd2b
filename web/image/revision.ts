import { isCommit } from "../../protocol/tag.ts";

/** Hosting services that show a commit below a repository's address. */
const HOSTS = new Set(["github.com", "codeberg.org", "gitea.com"]);
const NIXPKGS_COMMITS = "https://github.com/NixOS/nixpkgs/commit/";

/** The web page of a revision. Only nixpkgs and repositories on known services have one. */
export function revisionUrl(source: string, revision: string): string | undefined {
  if (!isCommit(revision)) return undefined;
  if (source.startsWith("channel:")) return `${NIXPKGS_COMMITS}${revision}`;
  const [, address = ""] = /^(?:git:|flake:)?(?:git\+)?(https:\/\/[^?#]*)/.exec(source) ?? [];
  const url = URL.parse(address);
  if (!url) return undefined;
  const repository = `${url.origin}${url.pathname.replace(/\/$/, "").replace(/\.git$/, "")}`;
  if (HOSTS.has(url.hostname)) return `${repository}/commit/${revision}`;
  return url.hostname === "gitlab.com" ? `${repository}/-/commit/${revision}` : undefined;
}
