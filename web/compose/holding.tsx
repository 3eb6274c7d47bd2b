import { useEffect, useMemo, useState } from "preact/hooks";
import type { ImageInfo } from "../../protocol/web-api.ts";
import { formatBytes } from "../../protocol/format-bytes.ts";
import { compressedSize, parseManifest } from "../../protocol/manifest.ts";
import { askImage } from "../page/answers.ts";
import { type Answer, useAnswer } from "../page/use-answer.ts";
import { BuildButton } from "../page/build-button.tsx";
import { type Course, Elevation } from "../page/elevation.tsx";
import { count } from "../page/format.ts";
import { reference, type Selection, selectionName } from "../page/selection.ts";
import { exampleNames } from "./examples.ts";
import type { Packages } from "./use-packages.ts";

interface Props {
  readonly selection: Selection;
  readonly packages: Packages;
}

/** The page waits this long after a change, so that several quick changes cause one call. */
const SETTLE_MS = 250;

/** The contents of the chosen image. If it is not built yet, the contents that it will have. */
export function Holding({ selection, packages }: Props) {
  const name = useSettled(selectionName(selection));
  const tag = useSettled(selection.tag);
  const answer = useAnswer<ImageInfo | undefined>(
    async (signal) => (name === "" ? undefined : askImage(name, tag, signal)),
    [name, tag],
  );
  return (
    <section class="holding" aria-labelledby="holding-title" aria-busy={answer.state === "waiting"}>
      <h2 id="holding-title">What it holds</h2>
      <Elevation courses={coursesOf(answer, selection)} />
      <div class="facts">
        {name === "" ? <Nothing packages={packages} /> : <Facts answer={answer} selection={selection} />}
      </div>
    </section>
  );
}

function Nothing({ packages }: Pick<Props, "packages">) {
  const examples = useMemo(() => (packages.state === "here" ? exampleNames(packages.index) : []), [packages]);
  if (examples.length === 0) return <p>Nothing yet. Find a package above.</p>;
  return (
    <>
      <p>Nothing yet. Find a package above, or begin with one of these:</p>
      <ul class="examples">
        {examples.map((name) => (
          <li key={name}>
            <a href={`/?name=${name}`}>
              <code>{name}</code>
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

function Facts({ answer, selection }: Pick<Props, "selection"> & { readonly answer: Answer<ImageInfo | undefined> }) {
  if (answer.state === "failed") return <p role="alert">{answer.message}</p>;
  if (answer.state === "waiting" || !answer.value) return <p>Asking the registry …</p>;
  const { name, tag, built } = answer.value;
  const manifest = parseManifest(built?.manifest);
  if (!built || !manifest) {
    return (
      <>
        <p>
          <strong>Not built yet.</strong> The first pull builds it, in seconds or minutes. {contentsOf(selection)}.
        </p>
        <BuildButton name={name} tag={tag} />
      </>
    );
  }
  return (
    <>
      <p>
        <strong>Built.</strong> {count(manifest.layers.length, "layer")}, {formatBytes(compressedSize(manifest))} to
        fetch. A client that has some of the layers fetches less.
      </p>
      <a class="button" href={`/images/${reference(name, tag)}`}>
        See its layers
      </a>
    </>
  );
}

function contentsOf({ packages, shell, image }: Selection): string {
  if (image !== undefined) return `It will hold all that images/${image} of the package set lists`;
  const own = packages.length === 0 ? [] : [count(packages.length, "package")];
  return `It will hold ${[...own, ...(shell ? ["a shell"] : [])].join(" and ")}, with all that they need`;
}

function coursesOf(answer: Answer<ImageInfo | undefined>, { packages, shell, image }: Selection): Course[] {
  const manifest = answer.state === "here" ? parseManifest(answer.value?.built?.manifest) : null;
  if (manifest) return manifest.layers.map(({ digest, size }) => ({ key: digest, bytes: size, kind: "built" }));
  const chosen = [...(shell ? ["shell"] : []), ...(image === undefined ? packages : [image])];
  // The root layer is on top. If nothing is chosen, this is a sketch.
  const planned = chosen.length === 0 ? ["1", "2", "3", "4"] : [...chosen, "root"];
  return planned.map((key) => ({ key, bytes: 1, kind: "planned" }));
}

function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
