import { useState } from "preact/hooks";
import { STARTER_SOURCE } from "../../protocol/source-offer.ts";
import { askRegistry } from "../page/answers.ts";
import { messageOf } from "../page/api.ts";
import { CommandTabs } from "../page/command-tabs.tsx";
import { currentHost } from "../page/host.ts";
import { useAnswer } from "../page/use-answer.ts";
import { commandsFor } from "../page/commands.ts";
import { Holding } from "./holding.tsx";
import { NameLine, partsOf } from "./name-line.tsx";
import { Options } from "./options.tsx";
import { PackageSearch } from "./package-search.tsx";
import { add, isEmpty, remove, type Selection } from "../page/selection.ts";
import { usePackages } from "./use-packages.ts";
import { useSelection } from "./use-selection.ts";

/** The limit until the registry has told its own. */
const USUAL_MAX_PACKAGES = 64;

/** Here people choose packages, and copy the command that pulls them. */
export function ComposePage() {
  const { state, choose, showTool, complain } = useSelection();
  const { selection, tool, problem } = state;
  const [news, setNews] = useState("");
  const packages = usePackages();
  const answer = useAnswer(askRegistry, []);
  const registry = answer.state === "here" ? answer.value : undefined;
  const host = currentHost(registry);

  function change(next: Selection, removed: string) {
    choose(next);
    setNews(`${removed} removed`);
    document.getElementById("package-search")?.focus();
  }
  function addTyped(text: string): boolean {
    try {
      choose(add(selection, text, registry?.maxPackages ?? USUAL_MAX_PACKAGES));
      setNews(`${text} added`);
      return true;
    } catch (error) {
      complain(messageOf(error));
      return false;
    }
  }
  function removeLast() {
    const last = partsOf(selection).at(-1);
    if (last) change(last.without, last.text);
  }
  return (
    <>
      <h1>The name is the image.</h1>
      <p class="lead">List packages in the name of an image, and pull it. The first pull of an image builds it.</p>
      <NameLine host={host.name} selection={selection} onChange={change}>
        <PackageSearch
          packages={packages}
          chosen={selection.packages}
          onAdd={addTyped}
          onRemove={(name) => change(remove(selection, name), name)}
          onRemoveLast={removeLast}
        />
      </NameLine>
      <p class="source">{registry && <SourceNote source={registry.source} />}</p>
      <p class="unseen" role="status">
        {news}
      </p>
      {problem !== "" && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <Options selection={selection} registry={registry} packages={packages} onChange={choose} />
      <div class="columns">
        <section aria-labelledby="pull-title">
          <h2 id="pull-title">Pull it</h2>
          {isEmpty(selection) ? (
            <p>Choose a package or a shell. The command that pulls the image then stands here.</p>
          ) : (
            <CommandTabs label="Tools" commands={commandsFor(selection, host)} selected={tool} onSelect={showTool} />
          )}
        </section>
        <Holding selection={selection} packages={packages} />
      </div>
    </>
  );
}

/** Where packages come from. The registry does not tell guests. */
function SourceNote({ source }: { readonly source: string | undefined }) {
  if (source !== undefined) return <>Packages come from {sourceWords(source)}.</>;
  return (
    <>
      You are a guest here, and find the packages that are public. <a href="/login">Log in</a> to find all.
    </>
  );
}

/** Describes a package source to people. */
function sourceWords(source: string): string {
  if (source === STARTER_SOURCE) return "the starter set: common programs, made from Debian's packages";
  const [, channel] = /^channel:(.*)$/.exec(source) ?? [];
  return channel === undefined ? `the package set ${source}` : `nixpkgs (${channel})`;
}
