import { parseImageName } from "../../protocol/image-name.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { parseTag } from "../../protocol/tag.ts";
import type { BuildStarted } from "../../protocol/web-api.ts";
import { admitBuild } from "../builds/build-admission.ts";
import { buildAddress } from "../builds/build-address.ts";
import { readStart } from "../requests/lines.ts";
import type { WithHosts } from "../access/known-hosts.ts";
import { beginBuild, type BuildSettings } from "../builds/wait-for-build.ts";
import { callerOf } from "../requests/caller.ts";
import type { WithLimits } from "../requests/limits.ts";
import type { RequestContext } from "../requests/request-context.ts";
import { type RequestedImage, requestedImage, type RequestSettings } from "../requests/requested-image.ts";

/** A name has 255 characters, a tag 128. */
const MAX_BODY_LENGTH = 1024;

/** The settings with which a build is ordered. */
type OrderSettings = RequestSettings & BuildSettings & WithHosts & WithLimits;

/** `POST /api/builds`: starts or joins the build of a `BuildOrderBody`. Answers at once with the build's key. */
export async function answerBuildOrder({ config, request }: RequestContext<OrderSettings>): Promise<Response> {
  const image = await readOrder(config, request);
  const admit = () => admitBuild(config, request);
  const caller = await callerOf(config, request);
  const started: BuildStarted = { key: await beginBuild(config, image, { ...caller, admit }) };
  return Response.json(started, { status: 202, headers: { Location: buildAddress(started.key) } });
}

const JSON_TYPE = /^application\/json\s*(?:;|$)/i;

/** The body must be JSON: a form of another site can send most other types without a preflight request. */
async function readOrder(config: RequestSettings, request: Request): Promise<RequestedImage> {
  if (!JSON_TYPE.test(request.headers.get("Content-Type") ?? ""))
    throw new OciError("NAME_INVALID", "a build is ordered with Content-Type: application/json");
  const text = request.body ? await readStart(request.body, MAX_BODY_LENGTH + 1) : "";
  if (text.length > MAX_BODY_LENGTH)
    throw new OciError("SIZE_INVALID", `the body has more than ${MAX_BODY_LENGTH} characters`);
  const { name, tag } = parseJsonObject(text) ?? {};
  if (typeof name !== "string" || typeof tag !== "string")
    throw new OciError("NAME_INVALID", 'the body must be JSON with "name" and "tag", both text');
  return requestedImage(config, { name: parseImageName(name, config.maxPackages), tag: parseTag(tag) });
}
