import { useState } from "preact/hooks";
import type { ImageContents } from "../../protocol/image-contents.ts";
import { formatBytes } from "../../protocol/format-bytes.ts";
import { count, pathName, shortDigest } from "../page/format.ts";
import type { Manifest } from "../../protocol/manifest.ts";
import { type Owner, SHARED } from "./owners.ts";

interface Props {
  readonly manifest: Manifest;
  readonly contents: ImageContents | undefined;
  readonly owners: readonly Owner[];
}

/** All layers and their contents. It has the facts of the picture in words. */
export function LayerTable({ manifest, contents, owners }: Props) {
  return (
    <div class="scrolled layers-box" tabIndex={0} role="group" aria-label="Layers">
      <table class="layer-table">
        <thead>
          <tr>
            <th scope="col" class="number">
              #
            </th>
            <th scope="col" class="number">
              To fetch
            </th>
            <th scope="col">Holds</th>
            <th scope="col">Digest</th>
          </tr>
        </thead>
        <tbody>
          {manifest.layers.map(({ digest, size }, layer) => (
            <tr key={digest} id={`layer-${layer}`}>
              <td class="number">{layer + 1}</td>
              <td class="number">{formatBytes(size)}</td>
              <td class="holds">
                <LayerPaths layer={layer} contents={contents} owners={owners} />
              </td>
              <td>
                <code title={digest}>{shortDigest(digest)}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface LayerProps extends Omit<Props, "manifest"> {
  readonly layer: number;
}

function LayerPaths({ layer, contents, owners }: LayerProps) {
  const [isOpen, setOpen] = useState(false);
  const { description = "", paths = [] } = contents?.layers[layer] ?? {};
  if (!contents || paths.length === 0) return <>{description || "–"}</>;
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        {paths.length === 1 ? pathName(contents.paths[paths[0] ?? 0]?.path ?? "") : description}{" "}
        <span class="soft">{paths.length === 1 ? "" : count(paths.length, "store path")}</span>
      </summary>
      {isOpen && (
        <ul>
          {paths.map((path) => (
            <li key={path}>
              <code>{contents.paths[path]?.path}</code> {formatBytes(contents.paths[path]?.narSize ?? 0)}
              <span class="soft"> {ownerWords(owners[path])}</span>
            </li>
          ))}
        </ul>
      )}
    </details>
  );
}

function ownerWords(owner: Owner | undefined): string {
  if (owner === undefined) return "";
  return owner === SHARED ? "for several packages" : `for ${owner}`;
}
