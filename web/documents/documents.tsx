import type { Digest } from "../../protocol/digest.ts";
import type { Manifest } from "../../protocol/manifest.ts";
import type { ImageDocument } from "../../protocol/web-api.ts";
import { BillView } from "./bill-view.tsx";
import { NearSection } from "./near-section.tsx";
import { ProvenanceView } from "./provenance-view.tsx";

interface Props {
  /** The digest of the OCI manifest. */
  readonly image: Digest;
  readonly manifest: Manifest;
  /** The documents that the image has. */
  readonly documents: readonly ImageDocument[];
}

/** What the documents about an image say. An image without documents has no such sections. */
export function Documents({ image, manifest, documents }: Props) {
  return (
    <>
      {documents.includes("provenance") && (
        <NearSection id="provenance-title" title="How it was made">
          {() => <ProvenanceView image={image} />}
        </NearSection>
      )}
      {documents.includes("cyclonedx") && (
        <NearSection id="bill-title" title="Bill of materials">
          {() => <BillView image={image} manifest={manifest} />}
        </NearSection>
      )}
    </>
  );
}
