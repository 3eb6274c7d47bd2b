import type { OciError } from "../../protocol/oci-error.ts";
import { otherSiteRefusal } from "../access/other-sites.ts";
import type { WithHosts } from "../access/known-hosts.ts";
import { buildExcess, type WithLimits } from "../requests/limits.ts";

/**
 * The reason why no origin may work for a request: start a build, look a tag up, fetch a blob. If there is none, counts
 * the request as a build and returns undefined. A refused request can still get images that are built already.
 */
export async function buildRefusal(config: WithHosts & WithLimits, request: Request): Promise<OciError | undefined> {
  return otherSiteRefusal(config, request) ?? (await buildExcess(config, request));
}

/** Like `buildRefusal`, but throws the refusal. */
export async function admitBuild(config: WithHosts & WithLimits, request: Request): Promise<void> {
  const refusal = await buildRefusal(config, request);
  if (refusal) throw refusal;
}
