import { useEffect, useId, useState } from "preact/hooks";
import type { RegistryInfo } from "../../protocol/web-api.ts";
import { formatBytes } from "../../protocol/format-bytes.ts";
import { reference, splitReference } from "../page/selection.ts";
import { askImage, askPopular } from "../page/answers.ts";
import { messageOf } from "../page/api.ts";
import { count } from "../page/format.ts";
import { type Shared, sharedLayers } from "./compare.ts";
import { type Manifest, parseManifest } from "../../protocol/manifest.ts";

interface Props {
  /** `name:tag` of the image that is shown. */
  readonly own: string;
  readonly manifest: Manifest;
  readonly registry: RegistryInfo | undefined;
}

type Comparison =
  | { readonly reference: string; readonly state: "waiting" }
  | { readonly reference: string; readonly state: "here"; readonly shared: Shared }
  | { readonly reference: string; readonly state: "failed"; readonly why: string };

/** How many of the most pulled images the page compares by itself. */
const MOST_POPULAR = 8;

/** Shows how much less a client fetches if it already has another image. */
export function Sharing({ own, manifest, registry }: Props) {
  const id = useId();
  const [typed, setTyped] = useState("");
  const [comparisons, setComparisons] = useState<readonly Comparison[]>([]);

  function set(comparison: Comparison) {
    setComparisons((known) => [comparison, ...known.filter((one) => one.reference !== comparison.reference)]);
  }
  async function compare(other: string) {
    const { name, tag } = splitReference(other);
    const about = reference(name, tag);
    set({ reference: about, state: "waiting" });
    try {
      const { built } = await askImage(name, tag);
      const had = parseManifest(built?.manifest);
      if (had) set({ reference: about, state: "here", shared: sharedLayers(manifest, had) });
      else set({ reference: about, state: "failed", why: "was not built yet" });
    } catch (error) {
      set({ reference: about, state: "failed", why: messageOf(error) });
    }
  }
  async function comparePopular() {
    // The field works without this list, so an error does not matter.
    const { images } = await askPopular().catch(() => ({ images: [] }));
    const others = images.filter((name) => splitReference(name).name !== splitReference(own).name);
    await Promise.all(others.slice(0, MOST_POPULAR).map(compare));
  }
  useEffect(() => {
    if (registry?.catalog === true) void comparePopular();
  }, [registry?.catalog, own]);
  return (
    <>
      <form
        class="compare"
        onSubmit={(event) => {
          event.preventDefault();
          const text = typed.trim().toLowerCase();
          if (text !== "") void compare(text);
        }}
      >
        <label for={id}>An image that you already have</label>
        <input
          id={id}
          type="text"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          value={typed}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
        <button type="submit" class="button small">
          Compare
        </button>
      </form>
      <ul class="comparisons" aria-live="polite">
        {comparisons.map((comparison) => (
          <li key={comparison.reference}>
            <a href={`/images/${comparison.reference}`}>
              <code>{comparison.reference}</code>
            </a>
            <Result comparison={comparison} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Result({ comparison }: { readonly comparison: Comparison }) {
  if (comparison.state === "waiting") return <span>…</span>;
  if (comparison.state === "failed") return <span class="soft">{comparison.why}</span>;
  const { layers, bytes, total } = comparison.shared;
  return (
    <>
      <meter min={0} max={total} value={bytes} aria-label={`Shared with ${comparison.reference}`} />
      <span>
        {count(layers, "layer")} in common: {formatBytes(bytes)} of {formatBytes(total)} saved
      </span>
    </>
  );
}
