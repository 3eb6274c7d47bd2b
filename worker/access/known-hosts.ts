import { OciError } from "../../protocol/oci-error.ts";

/** The host names of the site. Undefined means any host. The host names of this machine need not be among them. */
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

/** A URL changes the form of some addresses, such as 127.1. Such a setting would match no request. */
function isHost(text: string): boolean {
  return HOST.test(text) && URL.parse(`http://${text}/`)?.hostname === text;
}

/** Host names of this machine. No page of another site has such a host. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Whether the host of a URL belongs to this registry. Another site may point its host name at this registry (DNS
 * rebinding), and a browser then takes both for one site. Only the host name shows the difference.
 */
export function isKnownHost(hosts: KnownHosts, url: string): boolean {
  if (hosts === undefined) return true;
  const { hostname } = new URL(url);
  return LOOPBACK.test(hostname) || hosts.has(hostname);
}

/** Throws `DENIED` if the host of the request is not known. */
export function checkHost({ hosts }: WithHosts, { url }: Request): void {
  if (!isKnownHost(hosts, url)) throw unknownHost(url);
}

export function unknownHost(url: string): OciError {
  const { hostname } = new URL(url);
  return new OciError("DENIED", `${hostname} is not a host of this registry; its operator can allow it with HOSTS`);
}
