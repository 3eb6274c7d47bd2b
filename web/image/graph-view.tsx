import { useEffect, useId, useMemo, useState } from "preact/hooks";
import type { ImageContents } from "../../protocol/image-contents.ts";
import { count, pathName } from "../page/format.ts";
import { dependenciesOf, type Dependencies } from "./dependencies.ts";
import type { Layout } from "./graph-layout.ts";

interface Props {
  readonly contents: ImageContents;
}

/** The store paths that a package or layer needs, as a picture and as a list. */
export function GraphView({ contents }: Props) {
  const id = useId();
  const subjects = useMemo(() => subjectsOf(contents), [contents]);
  const [chosen, setChosen] = useState(0);
  const dependencies = useMemo(
    () => dependenciesOf(contents, subjects[chosen]?.paths ?? []),
    [contents, subjects, chosen],
  );
  const layout = useLayout(contents, dependencies);
  return (
    <>
      <p>
        <label for={id}>What is needed by </label>
        <select id={id} value={chosen} onChange={({ currentTarget }) => setChosen(Number(currentTarget.value))}>
          {subjects.map(({ title }, place) => (
            <option key={place} value={place}>
              {title}
            </option>
          ))}
        </select>
      </p>
      <div class="graph" tabIndex={0} role="group" aria-label="Dependency graph">
        {layout && <Picture layout={layout} roots={subjects[chosen]?.paths.length ?? 0} />}
      </div>
      <p class="note">
        An arrow leads to a store path that is needed. Arrows that follow from other arrows are left out.
        {dependencies.left > 0 &&
          ` ${count(dependencies.left, "more path")} further away ${dependencies.left === 1 ? "is" : "are"} not drawn.`}
      </p>
      <details>
        <summary>The same as a list</summary>
        <NeedsList contents={contents} dependencies={dependencies} />
      </details>
    </>
  );
}

interface Subject {
  readonly title: string;
  readonly paths: readonly number[];
}

/** Packages come first, because people asked for them. */
function subjectsOf({ packages, layers }: ImageContents): Subject[] {
  const ofPackages = packages.map(({ attribute, paths }) => ({ title: attribute, paths }));
  const ofLayers = layers.map(({ description, paths }, layer) => ({
    title: `layer ${layer + 1}: ${description}`,
    paths,
  }));
  return [...ofPackages, ...ofLayers].filter(({ paths }) => paths.length > 0);
}

/** Fetches the layout's library when the first graph is drawn. */
function useLayout(contents: ImageContents, dependencies: Dependencies): Layout | undefined {
  const [layout, setLayout] = useState<Layout>();
  useEffect(() => {
    let isCurrent = true;
    async function draw() {
      const { layoutGraph } = await import("./graph-layout.ts");
      if (isCurrent) setLayout(layoutGraph(contents, dependencies));
    }
    void draw();
    return () => {
      isCurrent = false;
    };
  }, [contents, dependencies]);
  return layout;
}

function Picture({
  layout: { width, height, nodes, edges },
  roots,
}: {
  readonly layout: Layout;
  readonly roots: number;
}) {
  const id = useId();
  return (
    <svg width={width} height={height} aria-hidden="true">
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

function NeedsList({ contents, dependencies: { nodes, edges } }: Props & { readonly dependencies: Dependencies }) {
  const nameOf = (path: number) => pathName(contents.paths[path]?.path ?? "");
  return (
    <ul>
      {nodes.map((path) => {
        const needs = edges.filter(([from]) => from === path).map(([, to]) => nameOf(to));
        return (
          <li key={path}>
            {nameOf(path)}
            {needs.length === 0 ? " needs nothing more" : ` needs ${needs.join(", ")}`}
          </li>
        );
      })}
    </ul>
  );
}
