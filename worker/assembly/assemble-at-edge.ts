import { assembleImage } from "../../image/assembly/assemble-image.ts";
import { CannotAssemble } from "../../image/assembly/cannot-assemble.ts";
import { PackageError } from "../../image/closure/package-error.ts";
import type { ImageManifests } from "../../image/description/manifest.ts";
import type { ImageList } from "../../image/lists/image-list.ts";
import { findPackages } from "../../image/names/find-packages.ts";
import type { FoundPackage } from "../../image/names/found-package.ts";
import { nixSystem } from "../../image/names/nix-system.ts";
import { MissingBytes, MissingTree } from "../../image/trees/missing.ts";
import type { EdgeStep } from "../../protocol/build-events.ts";
import { type ImageRequest, imagesOfList, isListRequest, type PullRequest } from "../../protocol/image-request.ts";
import type { RefRecord } from "../../protocol/ref-record.ts";
import { platformIndexPrefix } from "../../protocol/storage-keys.ts";
import type { TagRecord } from "../../protocol/tag-record.ts";
import { logFailure } from "../answers/errors.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import type { BuiltManifests } from "../stores/manifests.ts";
import { builtManifests } from "./built-manifests.ts";
import type { AssemblySettings } from "./edge-settings.ts";
import { beginNaming, type NamingCheck } from "./check-names.ts";
import { findBundles } from "./find-bundles.ts";
import { findListedLayers } from "./find-layers.ts";
import { findRef } from "./find-ref.ts";
import { findTree } from "./find-tree.ts";
import { gzipMember } from "./gzip-member.ts";
import { inTime, TIME_LIMIT_MS } from "./in-time.ts";
import type { EdgeUse } from "./edge-use.ts";
import { makeList, type MadeImage } from "./make-list.ts";
import { Places } from "./places.ts";
import { readIndex } from "./read-index.ts";
import { Steps } from "./steps.ts";
import { writeAssembled, writeList } from "./write-image.ts";
import { publishTag, writeRecords } from "./write-records.ts";

/** An image that was put together. R2 has all of it. */
export interface EdgeImage {
  readonly record: TagRecord;
  readonly manifests: BuiltManifests;
  readonly steps: readonly EdgeStep[];
  /** Whether an origin signs such images when it looks at them. */
  readonly needsSignature: boolean;
  /** Writes the records by which others find the image. It may run behind the answer. */
  readonly publish: () => Promise<void>;
}

/** Why an image goes to the origin: the end of a sentence for people. */
export interface NeedsOrigin {
  readonly needsOrigin: string;
}

/** Images that are put together at a time, in one isolate. Each takes some 3 MB of memory. */
const AT_ONCE = 6;
const placesOf = perIsolate<AssemblySettings, Places>(() => new Places(AT_ONCE, TIME_LIMIT_MS));

/** Puts an image together from what R2 knows, without an origin. An error is logged, and hands the image to the origin. */
export async function assembleAtEdge(
  config: AssemblySettings,
  request: PullRequest,
  use: EdgeUse,
): Promise<EdgeImage | NeedsOrigin> {
  if (!config.assemblesAtEdge) return { needsOrigin: "EDGE_ASSEMBLY is off" };
  if (use === "never") return { needsOrigin: "an origin must look at it" };
  if (request.image !== undefined) return { needsOrigin: "the package set defines it" };
  try {
    const steps = new Steps();
    return await placesOf(config).run(() => {
      steps.end("wait");
      return inTime(config, () => assemble(config, request, use, steps));
    });
  } catch (error) {
    if (!isOrdinary(error)) logFailure("an image could not be put together at the edge", error);
    return { needsOrigin: error instanceof Error ? error.message : String(error) };
  }
}

/** Something is missing, or the package is at fault. The origin has it, or says what is wrong. */
function isOrdinary(error: unknown): boolean {
  return [CannotAssemble, MissingTree, MissingBytes, PackageError].some((known) => error instanceof known);
}

/** When it ends, R2 has all of the image, or of the list and its images. */
async function assemble(
  config: AssemblySettings,
  request: PullRequest,
  use: EdgeUse,
  steps: Steps,
): Promise<EdgeImage> {
  const [ref, check] = await Promise.all([findRef(config, request, use), beginNaming(config)]);
  steps.end("tag");
  const requests = isListRequest(request) ? imagesOfList(request) : [request];
  const images = await makeImages(config, requests, { ref, check, steps });
  const list = isListRequest(request) ? await makeList(images, ref) : undefined;
  // workerd's clock stands still while code runs, and goes on after a timer.
  await scheduler.wait(0);
  steps.end("assemble");
  check.beforeManifests(
    images.map(({ image }) => image.manifests),
    list,
  );
  await Promise.all(images.map(({ image }) => writeAssembled(config, image)));
  if (list) await writeList(config, list);
  steps.end("write");
  return { ...edgeImage(config, { request, ref, check, images, list }), steps: steps.all };
}

interface Making {
  readonly ref: RefRecord;
  readonly check: NamingCheck;
  readonly steps: Steps;
}

/** Nothing of the images is written yet. */
async function makeImages(
  config: AssemblySettings,
  requests: readonly ImageRequest[],
  { ref, check, steps }: Making,
): Promise<readonly MadeImage[]> {
  const { shape, maxImageBytes } = ref;
  const named = await Promise.all(requests.map(async (request) => findNames(config, request, ref)));
  steps.end("names");
  const found = await Promise.all(named.map(async (packages) => findBundles(config, packages, { shape, ...check })));
  steps.end("bundles");
  const made: MadeImage[] = [];
  for (const [place, request] of requests.entries()) {
    const [packages = [], bundles = []] = [named[place], found[place]];
    const { architecture } = request;
    const toAssemble = { packages, architecture, shape, bundles, maxImageBytes };
    const image = await assembleImage(toAssemble, {
      compress: gzipMember,
      findTree: (path) => findTree(config, path),
      findLayers: (hashes) => findListedLayers(config, hashes),
    });
    made.push({ request, image, bundles, packages });
  }
  return made;
}

async function findNames(
  config: AssemblySettings,
  { architecture, packages }: ImageRequest,
  { index }: RefRecord,
): Promise<readonly FoundPackage[]> {
  const prefix = platformIndexPrefix(index, nixSystem(architecture));
  const found = await findPackages((key, maxBytes) => readIndex(config, key, maxBytes), prefix, packages);
  if (!found) throw new CannotAssemble("the index does not have all its names");
  return found;
}

interface MadePull {
  readonly request: PullRequest;
  readonly ref: RefRecord;
  readonly check: NamingCheck;
  /** Not empty. */
  readonly images: readonly MadeImage[];
  /** Undefined if the request is for one image. */
  readonly list: ImageList | undefined;
}

function edgeImage(config: AssemblySettings, made: MadePull): Omit<EdgeImage, "steps"> {
  const { request, ref, check, images, list } = made;
  const [only] = images;
  const manifests = list?.manifests ?? only?.image.manifests;
  if (!manifests) throw new Error("nothing was put together");
  const record = tagOf(manifests, ref);
  return {
    record,
    manifests: builtManifests(manifests),
    needsSignature: ref.bills?.areSigned === true,
    async publish() {
      check.beforeRecords();
      for (const { request: one, image } of images)
        await writeRecords(config, { request: one, ref, image, tag: tagOf(image.manifests, ref) });
      if (list) await publishTag(config, { request, manifests, tag: record });
    },
  };
}

function tagOf({ oci, docker }: ImageManifests, { revision, resolvedAt }: RefRecord): TagRecord {
  return { manifests: { oci: oci.digest, docker: docker.digest }, revision, resolvedAt };
}
