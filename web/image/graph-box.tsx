import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Layout } from "./graph-layout.ts";
import { fitScale, MAX_SCALE, MIN_SCALE, STEP } from "./graph-scale.ts";

interface Props {
  /** Undefined until it is computed. */
  readonly layout: Layout | undefined;
  /** The first nodes are roots. */
  readonly roots: number;
}

/** A point of the drawing that stays in sight, in pixels at scale 1. */
interface Point {
  readonly x: number;
  readonly y: number;
}

/** The picture of a graph in a box that scrolls. It opens at its first root, and can be made larger and smaller. */
export function GraphBox({ layout, roots }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const middle = useRef<Point>(undefined);
  const [scale, setScale] = useState(1);
  useLayoutEffect(() => {
    middle.current = undefined;
    setScale(1);
    if (box.current && layout) scrollTo(box.current, layout.nodes[0] ?? { x: 0, y: 0 }, 1);
  }, [layout]);
  useLayoutEffect(() => {
    if (box.current && middle.current) scrollTo(box.current, middle.current, scale);
  }, [scale]);
  function zoom(next: number) {
    const { scrollLeft = 0, scrollTop = 0, clientWidth = 0, clientHeight = 0 } = box.current ?? {};
    middle.current = { x: (scrollLeft + clientWidth / 2) / scale, y: (scrollTop + clientHeight / 2) / scale };
    setScale(Math.min(Math.max(next, MIN_SCALE), MAX_SCALE));
  }
  return (
    <>
      <p class="actions">
        <button type="button" class="button small" onClick={() => zoom(scale / STEP)} disabled={scale <= MIN_SCALE}>
          Smaller
        </button>
        <button type="button" class="button small" onClick={() => zoom(scale * STEP)} disabled={scale >= MAX_SCALE}>
          Larger
        </button>
        <button
          type="button"
          class="button small"
          onClick={() => box.current && layout && zoom(fitScale(layout, roomIn(box.current)))}
        >
          Fit
        </button>
      </p>
      <div class="graph" tabIndex={0} role="group" aria-label="Dependency graph" ref={box}>
        {layout && <Picture layout={layout} roots={roots} scale={scale} />}
      </div>
    </>
  );
}

/** Scrolls the box, so that a point of the drawing is in its middle. */
function scrollTo(box: HTMLElement, { x, y }: Point, scale: number): void {
  box.scrollLeft = x * scale - box.clientWidth / 2;
  box.scrollTop = y * scale - box.clientHeight / 2;
}

/** The largest drawing that the box shows without scrolling. A box with a small drawing could be higher than it is. */
function roomIn(box: HTMLElement): { readonly width: number; readonly height: number } {
  const { padding, maxHeight } = getComputedStyle(box);
  const inset = 2 * Number.parseFloat(padding);
  return { width: box.clientWidth - inset, height: Number.parseFloat(maxHeight) - inset - BORDERS_PX };
}

const BORDERS_PX = 2;

function Picture({
  layout: { width, height, nodes, edges },
  roots,
  scale,
}: {
  readonly layout: Layout;
  readonly roots: number;
  readonly scale: number;
}) {
  const id = useId();
  return (
    <svg width={width * scale} height={height * scale} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <marker id={id} viewBox="0 0 6 6" refX="6" refY="3" markerWidth="6" markerHeight="6" orient="auto">
        <path d="M0,0 L6,3 L0,6 z" />
      </marker>
      {edges.map((points, place) => (
        <path key={place} class="edge" marker-end={`url(#${id})`} d={curveThrough(points)} />
      ))}
      {nodes.map(({ label, x, y, width: across, height: high }, place) => (
        <g key={place} class={place < roots ? "node root" : "node"}>
          <rect x={x - across / 2} y={y - high / 2} width={across} height={high} />
          <text x={x} y={y + 4}>
            {label}
          </text>
        </g>
      ))}
    </svg>
  );
}

/** A line with straight ends and with round bends. */
function curveThrough(points: readonly { readonly x: number; readonly y: number }[]): string {
  const [first, ...rest] = points;
  const last = rest.at(-1);
  if (!first || !last) return "";
  const bends = rest.slice(0, -1).map(({ x, y }, place) => {
    const next = rest[place + 1] ?? last;
    return `Q${x},${y} ${(x + next.x) / 2},${(y + next.y) / 2}`;
  });
  return [`M${first.x},${first.y}`, ...bends, `L${last.x},${last.y}`].join(" ");
}
