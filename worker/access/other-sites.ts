import { OciError } from "../../protocol/oci-error.ts";
import { isKnownHost, unknownHost, type WithHosts } from "./known-hosts.ts";

/**
 * `DENIED` for a request that a browser sends for another site: any page can have its visitors' browsers ask for
 * images here, as pictures or scripts. Registry clients never send what browsers say of themselves:
 * https://www.w3.org/TR/fetch-metadata/
 */
export function otherSiteRefusal({ hosts }: WithHosts, { url, headers }: Request): OciError | undefined {
  const site = headers.get("Sec-Fetch-Site")?.toLowerCase();
  if (site === "cross-site" || site === "same-site") {
    return new OciError(
      "DENIED",
      "pages of other sites may not have images built; pull this one with a container engine",
    );
  }
  return isOfBrowser(headers) && !isKnownHost(hosts, url) ? unknownHost(url) : undefined;
}

/** To a host without TLS that is not this machine, browsers leave out Sec-Fetch-*. They always name languages. */
function isOfBrowser(headers: Headers): boolean {
  return [...headers.keys()].some((name) => name === "accept-language" || name.startsWith("sec-fetch-"));
}
