import type { BuiltImage, ImageInfo, RegistryInfo } from "../../protocol/web-api.ts";
import { formatBytes } from "../../protocol/format-bytes.ts";
import { CopyButton } from "../page/copy-button.tsx";
import { formatNumber } from "../page/format.ts";
import { compressedSize, type Manifest } from "../../protocol/manifest.ts";
import { ListDetails } from "./list-details.tsx";
import { Detail, RevisionText, type TitledProps } from "./detail.tsx";
import { layerBudget } from "./layer-budget.ts";

interface Props {
  readonly info: ImageInfo;
  readonly built: BuiltImage;
  readonly manifest: Manifest;
  readonly registry: RegistryInfo | undefined;
}

/** An image in figures, with its names. */
export function Summary({ info, built, manifest, registry }: Props) {
  const { contents, revision, resolvedAt, manifests } = built;
  const budget = layerBudget(manifest.layers.length);
  const unpacked = contents?.paths.reduce((sum, { narSize }) => sum + narSize, 0);
  return (
    <>
      <dl class="figures">
        <Figure title="to fetch">{formatBytes(compressedSize(manifest))}</Figure>
        {unpacked !== undefined && <Figure title="unpacked">{formatBytes(unpacked)}</Figure>}
        <Figure title="layers">{formatNumber(manifest.layers.length)}</Figure>
        {contents && <Figure title="store paths">{formatNumber(contents.paths.length)}</Figure>}
        <Figure title={info.list ? "shown here" : "platform"}>linux/{info.architecture}</Figure>
      </dl>
      {budget !== undefined && (
        <p class="note">
          {budget} <a href="/docs/faq#how-many-steps-may-my-dockerfile-have">How to count</a>
        </p>
      )}
      <dl class="details">
        {info.list && <ListDetails info={info} list={info.list} />}
        {contents && contents.packages.length > 0 && (
          <Detail title="Packages">{contents.packages.map(({ attribute }) => attribute).join(", ")}</Detail>
        )}
        <Detail title="Revision">
          <RevisionText revision={revision} source={registry?.source} />
          <span class="soft"> looked up {resolvedAt.slice(0, 16).replace("T", " ")} UTC</span>
        </Detail>
        <Detail title="Digest">
          <code>{manifests.oci}</code> <CopyButton text={manifests.oci} what="the digest" />
        </Detail>
        <Detail title="Docker's">
          <code>{manifests.docker}</code>
          <span class="soft"> the same image, for clients that know only Docker's own format</span>
        </Detail>
      </dl>
    </>
  );
}

function Figure({ title, children }: TitledProps) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}
