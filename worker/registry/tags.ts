import type { ManifestFormat } from "../../protocol/media-types.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { isSignatureTag } from "../../protocol/tag.ts";
import { otherSiteRefusal } from "../access/other-sites.ts";
import { admitBuild } from "../builds/build-admission.ts";
import { buildAddress } from "../builds/build-address.ts";
import { type BuiltImage, waitForBuild } from "../builds/wait-for-build.ts";
import { acceptedFormats, formatOf } from "../requests/accepted-format.ts";
import { callerOf } from "../requests/caller.ts";
import { TAG_HEADERS } from "../answers/content.ts";
import { warningHeaders } from "../answers/warning.ts";
import type { TagEndpoint } from "../requests/endpoint.ts";
import { readableError } from "../answers/errors.ts";
import { answerAttached } from "./attached-tags.ts";
import { endHold, holdFor, type HoldSettings } from "./hold.ts";
import { findManifest, keepBuiltManifest, type Manifest, readStoredManifest } from "../stores/manifests.ts";
import { leftOutNote } from "./left-out.ts";
import { manifestResponse } from "./manifests.ts";
import { otherMachineNote } from "./other-machine.ts";
import { isPull, markPull } from "../pulls/mark-pull.ts";
import { countPull, pullText } from "../pulls/popular-images.ts";
import type { PullSettings } from "../pulls/pull-settings.ts";
import type { RequestContext } from "../requests/request-context.ts";
import { type RequestedImage, requestedImage, type RequestSettings } from "../requests/requested-image.ts";
import { revalidateIfStale, type RevalidationSettings, staleNote } from "./revalidation.ts";
import type { StoreSettings } from "../stores/store-settings.ts";
import { findTagRecord } from "../stores/tag-records.ts";
import { keepTagWarm } from "./warm-tags.ts";

/** The settings with which a tag is answered. */
export type TagSettings = RequestSettings & RevalidationSettings & PullSettings & HoldSettings;

type TagContext = RequestContext<TagSettings>;

/**
 * Serves the image or the list of images of a name and a tag. Builds it if no store has it. Builds nothing for the tag of a
 * signature.
 */
export async function answerTag(context: TagContext, endpoint: TagEndpoint): Promise<Response> {
  if (isSignatureTag(endpoint.tag)) return answerAttached(context, endpoint.tag);
  const { config, request } = context;
  try {
    const accepted = acceptedFormats(request.headers.get("Accept"));
    const image = await requestedImage(config, endpoint, accepted.list !== undefined);
    const format = formatOf(image.request, accepted);
    const wanted = { image, format, machineNote: otherMachineNote(image.request, endpoint, request) };
    const stored = await answerStored(context, wanted);
    if (!stored) return await answerBuilt(context, wanted);
    keepTagWarm(context, endpoint, image, accepted);
    return stored;
  } catch (error) {
    throw readableError(error, request);
  }
}

/** The manifest that a client asks for. */
interface Wanted {
  readonly image: RequestedImage;
  readonly format: ManifestFormat;
  /** A note if the image is not for the client's machine. */
  readonly machineNote: string | undefined;
}

/** Undefined if no store has the tag's record or its manifest. An old record is served: it is better than none. */
async function answerStored(
  context: TagContext,
  { image, format, machineNote }: Wanted,
): Promise<Response | undefined> {
  const record = await findTagRecord(context, image);
  const manifest = record && (await findManifest(context, record.manifests[format]));
  if (!manifest) return undefined;
  notePull(context, image, manifest);
  await revalidateIfStale(context, image, record);
  return manifestResponse(
    context,
    manifest,
    tagHeaders(machineNote, leftOutNote(record), staleNote(image.request, record)),
  );
}

/** Waits for the build. If that takes too long for the client, redirects it, or says what to do. */
async function answerBuilt(context: TagContext, { image, format, machineNote }: Wanted): Promise<Response> {
  const { config, request, tiers } = context;
  // Only the build's object knows whether a build is running, but a call leaves an object behind for a made-up name.
  // So requests for other sites are refused before the call.
  const refusal = otherSiteRefusal(config, request);
  if (refusal) throw refusal;
  const hold = holdFor(config, request);
  const page = new URL(buildAddress(await image.buildKey()), request.url).href;
  const admit = () => admitBuild(config, request);
  const wait = { waitMs: hold.ms, ...(await callerOf(config, request)), admit, logAddress: page };
  const built = await tiers.ask("build", () => waitForBuild(config, image, wait), {
    tierOf: (found) => (found.edgeSteps ? "edge" : "build"),
  });
  if (!built) return endHold(hold, request, page);
  for (const { step, ms } of built.edgeSteps ?? []) tiers.note(`edge-${step}`, ms);
  const manifest = await builtManifest(config, built, format);
  notePull(context, image, manifest);
  // The edge may know an old look-up of the tag alone.
  await revalidateIfStale(context, image, built.record);
  const notes = [machineNote, leftOutNote(built.record), staleNote(image.request, built.record)];
  return manifestResponse(context, keepBuiltManifest(context, manifest), tagHeaders(...notes));
}

function notePull(context: TagContext, image: RequestedImage, { digest }: Manifest): void {
  countPull(context, pullText(image.request));
  if (isPull(context.request, "tag")) markPull(context, digest);
}

function tagHeaders(...notes: readonly (string | undefined)[]): Record<string, string> {
  return { ...TAG_HEADERS, ...warningHeaders(notes) };
}

async function builtManifest(config: StoreSettings, built: BuiltImage, format: ManifestFormat): Promise<Manifest> {
  const digest = built.record.manifests[format];
  // After a failed look-up, KV may not show the manifest for a minute. So this reads R2.
  const manifest = built.manifests?.[format] ?? (await readStoredManifest(config, digest));
  if (manifest) return manifest;
  throw new OciError("UNAVAILABLE", "the image was built, but its manifest is not stored; pull again", {
    cause: new Error(`R2 does not have ${digest} any more`),
  });
}
