import type { BuildState } from "../../protocol/build-state.ts";
import { formatBytes } from "../../protocol/format-bytes.ts";
import { type Course, Elevation } from "../page/elevation.tsx";
import { count } from "../page/format.ts";
import { useFollow } from "./use-follow.ts";

interface Props {
  readonly state: BuildState;
}

/** Layers as they become ready. */
export function LayersView({ state: { layers, layerCount, end } }: Props) {
  const words = summary(layers.length, layerCount, end !== undefined);
  const known = layers.filter((layer) => layer.known);
  const { box, onScroll } = useFollow<HTMLOListElement>(layers);
  return (
    <section class="layers" aria-labelledby="layers-title">
      <h2 id="layers-title">Layers</h2>
      <progress
        aria-labelledby="layers-title"
        value={layers.length}
        max={layerCount ?? 1}
        // The bar always has a value, because a bar without one looks as if it never ends.
        aria-valuetext={words}
      />
      <p>
        {words}
        {known.length > 0 && `; ${known.length} already known`}
      </p>
      <div class="layer-list">
        <Elevation courses={coursesOf(layers, end ? layers.length : layerCount)} />
        <ol ref={box} tabIndex={0} aria-label="Layers that are ready" onScroll={onScroll}>
          {layers.map(({ index, description, size, known: isKnown }) => (
            <li key={index}>
              <span class="what">{description}</span>
              {isKnown && <span class="mark">already known</span>}
              <span class="size">{formatBytes(size)}</span>
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

function summary(ready: number, total: number | undefined, hasEnded: boolean): string {
  if (total !== undefined) return `${ready} of ${count(total, "layer")}`;
  return hasEnded ? "No layer was made" : "The number of layers is not known yet";
}

/** Courses from the bottom. A layer that is not ready yet gets the median size of the ready ones. */
function coursesOf(layers: BuildState["layers"], total = 0): Course[] {
  const byIndex = new Map(layers.map((layer) => [layer.index, layer]));
  const sizes = layers.map(({ size }) => size).toSorted((one, other) => one - other);
  const usual = sizes[Math.floor(sizes.length / 2)] ?? 1;
  return Array.from({ length: Math.max(total, layers.length) }, (_, index) => {
    const layer = byIndex.get(index);
    if (!layer) return { key: String(index), bytes: usual, kind: "planned" };
    return { key: String(index), bytes: layer.size, kind: layer.known ? "known" : "built" };
  });
}
