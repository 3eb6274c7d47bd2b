import { useEffect, useId, useMemo, useState } from "preact/hooks";
import type { ImageContents } from "../../protocol/image-contents.ts";
import { count, pathName } from "../page/format.ts";
import { dependenciesOf, type Dependencies } from "./dependencies.ts";
import { GraphBox } from "./graph-box.tsx";
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
      <GraphBox layout={layout} roots={subjects[chosen]?.paths.length ?? 0} />
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
