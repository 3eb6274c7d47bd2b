import type { BuildListener } from "../../protocol/build-events.ts";
import { UNKNOWN_CLIENT } from "../../protocol/client-key.ts";
import { imagesOfList, type ListRequest } from "../../protocol/image-request.ts";
import type { TagRecord } from "../../protocol/tag-record.ts";
import { type BuildContext, imageAtRevision, type ResolvedTag, resolveRequest } from "./build-image.ts";
import { buildWhole } from "./build-again.ts";
import type { BuildRun } from "./build-run.ts";
import { JoinedEvents } from "./joined-events.ts";
import { joinRefusals, type Refused, refusedBy } from "./left-out.ts";
import { type ListContext, type ListedImage, publishList } from "./publish-list.ts";

/**
 * Builds the images of a list side by side, at one revision, and publishes the images and the list. An architecture for which
 * the package set refuses a package is left out. If the set refuses all, this throws the refusal. If an image fails for
 * another reason, the list fails at once with the same error: no list leaves out an architecture that may exist. The builds
 * of other images go on then. They may have other callers, and the next call finds their images.
 */
export async function buildList(
  context: BuildContext & ListContext,
  request: ListRequest,
  onEvent: BuildListener,
  signal: AbortSignal,
  client = UNKNOWN_CLIENT,
): Promise<TagRecord> {
  const run = { onEvent, signal };
  const resolved = await resolveRequest(context, request, run);
  return buildWhole(run, () => buildAndPublish(context, { ...resolved, request, client }, run));
}

async function buildAndPublish(
  context: BuildContext & ListContext,
  list: ListToBuild,
  run: BuildRun,
): Promise<TagRecord> {
  const { signal } = run;
  const sweep = await context.sweeps.begin();
  const outcomes = await buildImages(context, list, run);
  signal.throwIfAborted();
  const images = outcomes.filter((outcome) => "manifests" in outcome);
  const [refused, ...others] = outcomes.filter((outcome) => "refusal" in outcome);
  if (refused && images.length === 0) throw joinRefusals([refused, ...others]);
  const leftOut = (refused ? [refused, ...others] : []).map(({ architecture, reason }) => ({ architecture, reason }));
  return publishList(context, { ...list, images, leftOut }, { sweep, signal });
}

interface ListToBuild extends ResolvedTag {
  readonly request: ListRequest;
  readonly client: string;
}

function buildImages(
  context: BuildContext,
  { request, ...list }: ListToBuild,
  { onEvent, signal }: BuildRun,
): Promise<(ListedImage | Refused)[]> {
  const requests = imagesOfList(request);
  const events = new JoinedEvents(
    onEvent,
    requests.map(({ architecture }) => architecture),
  );
  const builds = requests.map(async (image) => {
    const { architecture } = image;
    try {
      const run = { onEvent: events.listener(architecture), signal };
      return { request: image, ...(await imageAtRevision(context, { request: image, ...list }, run)) };
    } catch (error) {
      return refusedBy(error, architecture);
    } finally {
      events.end(architecture);
    }
  });
  return Promise.all(builds);
}
