import { useEffect, useRef } from "preact/hooks";

/** A package that can be added. */
export interface Entry {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** Whether this is the typed text. There may be no such package. */
  readonly isTyped: boolean;
}

interface Props {
  /** The list's element is `<id>-list`, its options `<id>-0` and so on. */
  readonly id: string;
  readonly isShown: boolean;
  readonly entries: readonly Entry[];
  readonly active: number;
  readonly chosen: readonly string[];
  readonly hint: string;
  readonly onTake: (entry: Entry) => void;
}

/** The list below the search field. A click in the list must not take the focus from the field. */
export function SearchResults({ id, isShown, entries, active, chosen, hint, onTake }: Props) {
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    if (isShown) list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active, isShown]);
  return (
    <>
      <p class="unseen" role="status">
        {isShown ? hint : ""}
      </p>
      <div class="results" hidden={!isShown} onMouseDown={(event) => event.preventDefault()}>
        <p class="hint" aria-hidden="true">
          {hint}
        </p>
        <ul role="listbox" id={`${id}-list`} aria-label="Packages" ref={list}>
          {entries.map((entry, place) => (
            <li
              key={`${entry.name} ${String(entry.isTyped)}`}
              id={`${id}-${place}`}
              role="option"
              class={place === active ? "active" : ""}
              aria-selected={chosen.includes(entry.name)}
              onClick={() => onTake(entry)}
            >
              {entry.isTyped ? (
                <span class="typed">
                  Add <b class="name">{entry.name}</b> as it is typed
                </span>
              ) : (
                <>
                  <b class="name">{entry.name}</b>
                  <span class="version">{entry.version}</span>
                  <span class="description">{entry.description}</span>
                </>
              )}
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}
