import type { AssembledImage } from "../../image/assembly/assemble-image.ts";
import { CannotAssemble } from "../../image/assembly/cannot-assemble.ts";
import { createBill } from "../../image/bills/bill.ts";
import { spdxDocument } from "../../image/bills/spdx.ts";
import type { Bundle } from "../../image/bundles/bundle.ts";
import { documentJson } from "../../image/facts/clean-text.ts";
import { factsOfImage } from "../../image/facts/facts-of-image.ts";
import { type ImageList, imageList } from "../../image/lists/image-list.ts";
import type { FoundPackage } from "../../image/names/found-package.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import type { BillFacts, RefRecord } from "../../protocol/ref-record.ts";

/** An image that was put together, and what it was made from. */
export interface MadeImage {
  readonly request: ImageRequest;
  readonly image: AssembledImage;
  readonly bundles: readonly Bundle[];
  readonly packages: readonly FoundPackage[];
}

/**
 * The list of images, with a bill of materials for each. It is the list that the origin makes, digest for digest. Throws
 * `CannotAssemble` if not all is known that the origin would write into the bills.
 */
export async function makeList(images: readonly MadeImage[], { bills }: RefRecord): Promise<ImageList> {
  if (!bills) throw new CannotAssemble("the origin has not said how it describes images");
  const listed = images.map((made) => ({
    architecture: made.request.architecture,
    manifests: made.image.manifests,
    spdx: spdxOf(made, bills),
  }));
  return imageList(listed, []);
}

function spdxOf({ request, image, bundles, packages }: MadeImage, { packageSet, distribution }: BillFacts): string {
  const known = new Map(bundles.flatMap(({ facts }) => [...facts]));
  // The index of names has what the package set tells of the requested packages. Debian's own facts count more.
  for (const { path, metadata } of packages) {
    const { narHash, metadata: told } = known.get(path) ?? {};
    if (metadata && !told?.debian.length) known.set(path, { narHash, metadata });
  }
  const { contents, manifests } = image;
  const stranger = contents.paths.find(({ path }) => !known.has(path));
  if (stranger) throw new CannotAssemble(`nobody has described ${stranger.path}`);
  const { architecture } = request;
  const { digest } = manifests.oci;
  return documentJson(
    spdxDocument(createBill(factsOfImage({ digest, architecture, contents, known, packageSet, distribution }))),
  );
}
