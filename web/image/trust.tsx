import { Fragment } from "preact";
import type { Digest } from "../../protocol/digest.ts";
import { documentPath, type ImageDocument, type ImageTrust } from "../../protocol/web-api.ts";
import { CopyButton } from "../page/copy-button.tsx";
import { Detail, RevisionText } from "./detail.tsx";

interface Props {
  /** The digest of the OCI manifest. */
  readonly image: Digest;
  readonly trust: ImageTrust;
}

const TITLES: Readonly<Record<ImageDocument, string>> = {
  spdx: "SPDX",
  cyclonedx: "CycloneDX",
  provenance: "SLSA provenance",
};

/** Who has signed the image, what its provenance says, and its documents. */
export function Trust({ image, trust: { keyIds, documents, provenance } }: Props) {
  if (keyIds.length === 0 && documents.length === 0 && !provenance) return null;
  return (
    <section aria-labelledby="trust-title">
      <h2 id="trust-title">Signature and documents</h2>
      <dl class="details">
        {keyIds.map((keyId) => (
          <Detail key={keyId} title="Signed by">
            <code>{keyId}</code> <CopyButton text={keyId} what="the fingerprint of the key" />
            <span class="soft">
              {" the SHA-256 of a "}
              <a href="/keys/cosign.pub">key of this registry</a>
            </span>
          </Detail>
        ))}
        {provenance && (
          <Detail title="Built from">
            <code>{provenance.source}</code>
            {provenance.revision !== undefined && (
              <>
                {" at "}
                <RevisionText revision={provenance.revision} source={provenance.source} />
              </>
            )}
          </Detail>
        )}
        {documents.length > 0 && <Detail title="Documents">{links(image, documents)}</Detail>}
      </dl>
    </section>
  );
}

function links(image: Digest, documents: readonly ImageDocument[]) {
  return documents.map((document, place) => (
    <Fragment key={document}>
      {place > 0 && ", "}
      <a href={documentPath(image, document)} download>
        {TITLES[document]}
      </a>
    </Fragment>
  ));
}
