import { OciError } from "../../protocol/oci-error.ts";
import { isKnownHost, unknownHost, type WithHosts } from "./known-hosts.ts";

/**
 * Returns `DENIED` for a request that a browser sends for another site. Any page can make the browsers of its visitors
 * ask for images here, as pictures or scripts. Registry clients never send the headers of browsers:
 * https://www.w3.org/TR/fetch-metadata/
 */
export function otherSiteRefusal({ hosts }: WithHosts, { url, headers }: Request): OciError | undefined {
  const site = headers.get("Sec-Fetch-Site")?.toLowerCase();
  if (site === "cross-site" || site === "same-site") {
    return new OciError("DENIED", "pages of other sites cannot start builds; pull this image with a container engine");
  }
  return isOfBrowser(headers) && !isKnownHost(hosts, url) ? unknownHost(url) : undefined;
}

/** Without TLS, browsers send Sec-Fetch-* only to this machine. They always send Accept-Language. */
function isOfBrowser(headers: Headers): boolean {
  return [...headers.keys()].some((name) => name === "accept-language" || name.startsWith("sec-fetch-"));
}
