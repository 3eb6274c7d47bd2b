import type { OciError } from "../../protocol/oci-error.ts";
import { otherSiteRefusal } from "../access/other-sites.ts";
import type { WithHosts } from "../access/known-hosts.ts";
import { buildExcess, type WithLimits } from "../requests/limits.ts";

/**
 * Why a request may not have an origin work for it: start a build, look a tag up, fetch a blob. Undefined where it may,
 * and is counted. What is built already is served all the same.
 */
export async function buildRefusal(config: WithHosts & WithLimits, request: Request): Promise<OciError | undefined> {
  return otherSiteRefusal(config, request) ?? (await buildExcess(config, request));
}

/** Throws the refusal, for a client that waits for what it asked for. */
export async function admitBuild(config: WithHosts & WithLimits, request: Request): Promise<void> {
  const refusal = await buildRefusal(config, request);
  if (refusal) throw refusal;
}
