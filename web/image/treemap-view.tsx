import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ImageContents } from "../../protocol/image-contents.ts";
import { formatBytes } from "../../protocol/format-bytes.ts";
import { type Owner, SHARED } from "./owners.ts";
import { type Cell, isDirection, neighbour, treemapCells } from "./treemap.ts";

interface Props {
  readonly contents: ImageContents;
  readonly owners: readonly Owner[];
  /** The number of each owner's colour. */
  readonly colours: ReadonlyMap<Owner, number>;
}

const LETTER_PX = 6.6;

/**
 * Shows where the bytes are: a rectangle for each store path, grouped by layer. The picture is one stop in the tab
 * order. Arrow keys move inside it.
 */
export function TreemapView({ contents, owners, colours }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(frame);
  const [chosen, setChosen] = useState(0);
  const cells = useMemo(() => treemapCells(contents, owners, { width, height }), [contents, owners, width, height]);
  // A smaller picture may have fewer cells.
  const active = Math.min(chosen, cells.length - 1);
  function press(event: KeyboardEvent) {
    if (!isDirection(event.key)) return;
    event.preventDefault();
    const to = neighbour(cells, active, event.key);
    setChosen(to);
    frame.current?.querySelector<SVGElement>(`[data-cell="${to}"]`)?.focus();
  }
  const shown = cells[active];
  return (
    <>
      <div class="treemap" ref={frame}>
        {width > 0 && (
          <svg
            width={width}
            height={height}
            role="group"
            aria-label="Layers and store paths by size. The table below has the same facts."
            onKeyDown={press}
          >
            {cells.map((cell, place) => (
              <a
                key={place}
                href={`#layer-${cell.layer}`}
                class={`cell ${colourClass(colours, cell)}`}
                data-cell={place}
                tabindex={place === active ? 0 : -1}
                aria-label={describe(cell)}
                onFocus={() => setChosen(place)}
                onMouseEnter={() => setChosen(place)}
              >
                <rect x={cell.x} y={cell.y} width={cell.width} height={cell.height} />
              </a>
            ))}
            <g class="labels" aria-hidden="true">
              {cells.map((cell, place) => (
                <Label key={place} cell={cell} />
              ))}
            </g>
          </svg>
        )}
      </div>
      <p class="under-picture" aria-hidden="true">
        {shown ? describe(shown) : ""}
      </p>
    </>
  );
}

/** The text on a rectangle, shortened to its width. Screen readers get the link's longer name. */
function Label({ cell: { x, y, width, height, label, bytes } }: { readonly cell: Cell }) {
  const letters = Math.floor((width - 8) / LETTER_PX);
  if (height < 17 || letters < 3) return null;
  return (
    <>
      <text x={x + 4} y={y + 13}>
        {label.length > letters ? `${label.slice(0, letters - 1)}…` : label}
      </text>
      {height > 32 && letters > 6 && (
        <text class="size" x={x + 4} y={y + 28}>
          {formatBytes(bytes)}
        </text>
      )}
    </>
  );
}

function colourClass(colours: ReadonlyMap<Owner, number>, { owner }: Cell): string {
  const colour = owner === undefined ? undefined : colours.get(owner);
  return colour === undefined ? "plain" : `owner-${colour}`;
}

function describe({ label, bytes, layer, owner }: Cell): string {
  const because = owner === undefined ? "" : owner === SHARED ? ", for several packages" : `, for ${owner}`;
  return `${label}, ${formatBytes(bytes)}, layer ${layer + 1}${because}`;
}

/** The element's size in whole pixels, and 0 until it is known. The style sheet sets it, not the content. */
function useSize(element: { readonly current: HTMLElement | null }): {
  readonly width: number;
  readonly height: number;
} {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    if (!element.current) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      const { width = 0, height = 0 } = entry?.contentRect ?? {};
      setSize({ width: Math.floor(width), height: Math.floor(height) });
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return size;
}
