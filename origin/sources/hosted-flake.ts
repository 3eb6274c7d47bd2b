/** A repository of a hosting service, as a flake reference names it: `github:OWNER/REPO`, `github:OWNER/REPO/REF`. */
export interface HostedRepository {
  /** The address for git. */
  readonly url: string;
  /** A branch, a tag or a commit. */
  readonly ref: string | undefined;
}

const DEFAULT_HOSTS: ReadonlyMap<string, string> = new Map([
  ["github", "github.com"],
  ["gitlab", "gitlab.com"],
  ["sourcehut", "git.sr.ht"],
]);

const HOSTED = /^([a-z]+):(~?[\w.%-]+)\/([\w.-]+)(?:\/(.+))?$/;
const HOST = /^[a-z0-9.-]+(?::\d{1,5})?$/i;
/** GitLab's groups have groups. A reference escapes the slash between them. */
const ESCAPED_SLASH = /%2f/gi;

/**
 * Returns undefined if the text is no reference to a hosting service. Git gives the files of the same tree as the
 * service's archive, which Nix would fetch. `host` replaces the usual server.
 */
export function parseHosted(address: string, host: string | null): HostedRepository | undefined {
  const [, service = "", owner = "", name = "", ref] = HOSTED.exec(address) ?? [];
  const server = host ?? DEFAULT_HOSTS.get(service);
  const path = owner.replace(ESCAPED_SLASH, "/");
  const isOdd = path.includes("%") || /(?:^|\/)\.{0,2}(?:\/|$)/.test(`${path}/${name}`);
  if (!DEFAULT_HOSTS.has(service) || server === undefined || !HOST.test(server) || isOdd) return undefined;
  return { url: `https://${server}/${path}/${name}`, ref };
}
