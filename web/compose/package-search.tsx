import { useId, useMemo, useRef, useState } from "preact/hooks";
import { search, type SearchResult } from "./search.ts";
import { type Entry, SearchResults } from "./search-results.tsx";
import type { Packages } from "./use-packages.ts";

interface Props {
  readonly packages: Packages;
  readonly chosen: readonly string[];
  /** Adds a name, or several as in an image's name. Returns whether they are valid. */
  readonly onAdd: (text: string) => boolean;
  readonly onRemove: (name: string) => void;
  /** Backspace in the empty field. */
  readonly onRemoveLast: () => void;
}

const MOST_SHOWN = 40;
const NO_RESULT: SearchResult = { packages: [], total: 0, isGuess: false };

/** https://www.w3.org/WAI/ARIA/apg/patterns/combobox/: arrow keys go through the list. The focus stays in the field. */
export function PackageSearch({ packages, chosen, onAdd, onRemove, onRemoveLast }: Props) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [query, setQuery] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const result = useMemo(
    () => (packages.state === "here" ? search(packages.index, query, MOST_SHOWN) : NO_RESULT),
    [packages, query],
  );
  const entries = useMemo(() => entriesOf(query, result), [query, result]);
  const isShown = isOpen && entries.length > 0;

  function type(text: string) {
    setQuery(text);
    setActive(0);
    setOpen(true);
  }
  function take(entry: Entry | undefined) {
    if (!entry) return;
    if (chosen.includes(entry.name)) onRemove(entry.name);
    else if (!onAdd(entry.name)) return;
    type("");
    setOpen(false);
    field.current?.focus();
  }
  function press(event: KeyboardEvent) {
    const to = isShown ? moved(event.key, active, entries.length) : undefined;
    if (to !== undefined) setActive(to);
    else if (event.key === "ArrowDown") setOpen(true);
    else if (event.key === "Enter" && isShown) take(entries[active]);
    else if (event.key === "Escape" && isOpen) setOpen(false);
    else if (event.key === "Escape") setQuery("");
    else if (event.key === "Backspace" && query === "") return onRemoveLast();
    else return;
    event.preventDefault();
  }
  return (
    <>
      <input
        ref={field}
        class="search"
        id="package-search"
        type="text"
        role="combobox"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        placeholder={chosen.length === 0 ? "find a package" : "add another"}
        aria-label="Add a package"
        aria-autocomplete="list"
        aria-expanded={isShown}
        aria-controls={`${id}-list`}
        aria-activedescendant={isShown ? `${id}-${active}` : undefined}
        aria-describedby={`${id}-hint`}
        value={query}
        onInput={({ currentTarget }) => type(currentTarget.value)}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={press}
      />
      <p id={`${id}-hint`} class="unseen">
        Type a name, choose with the arrow keys, add with Enter.
      </p>
      <SearchResults
        id={id}
        isShown={isShown}
        entries={entries}
        active={active}
        chosen={chosen}
        hint={hintFor(packages, query, result)}
        onTake={take}
      />
    </>
  );
}

/** The packages that match, and the typed text if it is not the name of one. */
function entriesOf(query: string, { packages, isGuess }: SearchResult): Entry[] {
  const typed = query.trim().toLowerCase();
  const found = packages.map(([name, version, description]) => ({ name, version, description, isTyped: false }));
  if (typed === "" || packages.some(([name]) => name === typed)) return found;
  const asTyped = { name: typed, version: "", description: "", isTyped: true };
  return isGuess ? [asTyped, ...found] : [...found, asTyped];
}

function moved(key: string, from: number, length: number): number | undefined {
  switch (key) {
    case "ArrowDown":
      return (from + 1) % length;
    case "ArrowUp":
      return (from + length - 1) % length;
    case "PageDown":
      return Math.min(from + PAGE, length - 1);
    case "PageUp":
      return Math.max(from - PAGE, 0);
    default:
      return undefined;
  }
}

const PAGE = 8;

function hintFor(packages: Packages, query: string, { packages: found, total, isGuess }: SearchResult): string {
  switch (packages.state) {
    case "waiting":
      return "The list of packages is on its way. You can type names already.";
    case "none":
      return "This registry has no list of packages. Type exact names.";
    case "failed":
      return "The list of packages cannot be fetched now. Type exact names.";
    case "here":
      if (query.trim() === "") return "";
      if (isGuess) return found.length === 0 ? "No package is called that." : "No package is called that. Close to it:";
      return total > found.length
        ? `The first ${found.length} of ${total}. Type more to see fewer.`
        : `${total} found.`;
  }
}
