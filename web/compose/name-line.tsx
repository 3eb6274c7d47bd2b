import type { ComponentChildren } from "preact";
import { DEFAULT_TAG } from "../../protocol/tag.ts";
import { NOTHING, remove, type Selection, withoutImage } from "../page/selection.ts";

interface Props {
  readonly host: string;
  readonly selection: Selection;
  readonly onChange: (selection: Selection, removed: string) => void;
  /** The search field. It stands at the end of the name. */
  readonly children: ComponentChildren;
}

/** The image's name. Each part between two slashes is a button that removes the part. */
export function NameLine({ host, selection, onChange, children }: Props) {
  return (
    <div class="name-line">
      <span class="host">{host}</span>
      <ul aria-label="Parts of the name">
        {partsOf(selection).map(({ text, kind, without }) => (
          <li key={`${kind} ${text}`}>
            <button
              type="button"
              class={`chip ${kind}`}
              aria-label={`Remove ${text}`}
              onClick={() => onChange(without, text)}
              onKeyDown={({ key }) => {
                if (key === "Delete" || key === "Backspace") onChange(without, text);
              }}
            >
              {text}
              <span class="cross" aria-hidden="true" />
            </button>
          </li>
        ))}
      </ul>
      <span class="slash" aria-hidden="true">
        /
      </span>
      {children}
      <span class={selection.tag === DEFAULT_TAG ? "tag usual" : "tag"}>:{selection.tag}</span>
    </div>
  );
}

interface Part {
  readonly text: string;
  readonly kind: "platform" | "meta" | "package";
  /** The selection without this part. */
  readonly without: Selection;
}

/** The parts of the name, in their order. */
export function partsOf(selection: Selection): Part[] {
  const { architecture, shell, image, packages } = selection;
  const parts: Part[] = packages.map((name) => ({ text: name, kind: "package", without: remove(selection, name) }));
  if (image !== undefined)
    parts.unshift({ text: `images/${image}`, kind: "package", without: withoutImage(selection) });
  if (shell) parts.unshift({ text: "shell", kind: "meta", without: { ...selection, shell: false } });
  if (architecture !== undefined) {
    parts.unshift({
      text: architecture,
      kind: "platform",
      without: { ...selection, architecture: NOTHING.architecture },
    });
  }
  return parts;
}
