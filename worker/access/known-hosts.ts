import { OciError } from "../../protocol/oci-error.ts";

/** The host names, beside those of this machine, under which the site is answered; undefined for any. */
export type KnownHosts = ReadonlySet<string> | undefined;

/** The binding that names the registry's hosts. */
export interface HostBindings {
  readonly HOSTS?: string;
}

/** Settings that name the registry's hosts. */
export interface WithHosts {
  readonly hosts: KnownHosts;
}

/** A name, an IPv4 address, or an IPv6 address in brackets. */
const HOST = /^(?:[a-z0-9.-]+|\[[0-9a-f:]+\])$/;

/** Parses the setting `HOSTS`: host names without ports, separated by spaces. */
export function parseHosts(text: string | undefined, problems: string[]): KnownHosts {
  if (text === undefined) return undefined;
  const words = text.split(/\s+/).filter((word) => word !== "");
  for (const word of words) {
    if (isHost(word.toLowerCase())) continue;
    problems.push(`HOSTS has ${JSON.stringify(word)}; it must be host names without ports, separated by spaces`);
  }
  return new Set(words.map((word) => word.toLowerCase()));
}

/** URLs write some addresses in another form, which would never be found. */
function isHost(text: string): boolean {
  return HOST.test(text) && URL.parse(`http://${text}/`)?.hostname === text;
}

/** Names of this machine itself: no other site's page is under them. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Whether a URL's host is this registry's. A site whose name is made to lead here (DNS rebinding) gives itself away by
 * that name: to a browser its pages and the registry are one site.
 */
export function isKnownHost(hosts: KnownHosts, url: string): boolean {
  if (hosts === undefined) return true;
  const { hostname } = new URL(url);
  return LOOPBACK.test(hostname) || hosts.has(hostname);
}

/** Throws `DENIED`. */
export function checkHost({ hosts }: WithHosts, { url }: Request): void {
  if (!isKnownHost(hosts, url)) throw unknownHost(url);
}

export function unknownHost(url: string): OciError {
  const { hostname } = new URL(url);
  return new OciError("DENIED", `${hostname} is not a host of this registry; its operator can allow it with HOSTS`);
}
