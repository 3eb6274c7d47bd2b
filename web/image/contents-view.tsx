import { useMemo } from "preact/hooks";
import type { ImageContents } from "../../protocol/image-contents.ts";
import { formatBytes } from "../../protocol/format-bytes.ts";
import { GraphView } from "./graph-view.tsx";
import { LayerTable } from "./layer-table.tsx";
import type { Manifest } from "../../protocol/manifest.ts";
import { bytesByOwner, type Owner, pathOwners, SHARED } from "./owners.ts";
import { TreemapView } from "./treemap-view.tsx";

interface Props {
  readonly manifest: Manifest;
  readonly contents: ImageContents | undefined;
}

/** The number of colours in the style sheet. Further packages get the colour of shared paths. */
const COLOURS = 6;
const SHARED_COLOUR = 0;

/** The contents of the layers: picture, table and graph. */
export function ContentsView({ manifest, contents }: Props) {
  const owners = useMemo(() => (contents ? pathOwners(contents) : []), [contents]);
  return (
    <>
      <section aria-labelledby="space-title">
        <h2 id="space-title">Where the bytes are</h2>
        {contents ? (
          <Space contents={contents} owners={owners} />
        ) : (
          <p>An older version built this image and did not record its contents. A build of a later revision will.</p>
        )}
      </section>
      <section aria-labelledby="layers-title">
        <h2 id="layers-title">Layers</h2>
        <LayerTable manifest={manifest} contents={contents} owners={owners} />
      </section>
      {contents && contents.packages.length > 0 && (
        <section aria-labelledby="graph-title">
          <h2 id="graph-title">What needs what</h2>
          <GraphView contents={contents} />
        </section>
      )}
    </>
  );
}

interface SpaceProps {
  readonly contents: ImageContents;
  readonly owners: readonly Owner[];
}

function Space({ contents, owners }: SpaceProps) {
  const shares = useMemo(() => bytesByOwner(contents, owners), [contents, owners]);
  const colours = useMemo(() => coloursOf(shares.map(([owner]) => owner)), [shares]);
  return (
    <>
      <ul class="legend">
        {shares.map(([owner, bytes]) => (
          <li key={owner === SHARED ? "" : owner}>
            <span class={`swatch owner-${colours.get(owner) ?? SHARED_COLOUR}`} aria-hidden="true" />
            {owner === SHARED ? "needed by several packages" : <code>{owner}</code>} {formatBytes(bytes)}
          </li>
        ))}
      </ul>
      <TreemapView contents={contents} owners={owners} colours={colours} />
    </>
  );
}

function coloursOf(owners: readonly Owner[]): ReadonlyMap<Owner, number> {
  return new Map(
    owners.map((owner, place) => [owner, owner === SHARED || place >= COLOURS ? SHARED_COLOUR : place + 1]),
  );
}
