import { useEffect, useId, useMemo, useState } from "preact/hooks";
import type { Architecture } from "../../protocol/image-name.ts";
import { DEFAULT_TAG } from "../../protocol/tag.ts";
import type { RegistryInfo } from "../../protocol/web-api.ts";
import { messageOf } from "../page/api.ts";
import { checkTag, type Selection } from "../page/selection.ts";
import { hasShell } from "./examples.ts";
import type { Packages } from "./use-packages.ts";

interface Props {
  readonly selection: Selection;
  /** Undefined until the registry has answered. */
  readonly registry: RegistryInfo | undefined;
  readonly packages: Packages;
  readonly onChange: (selection: Selection) => void;
}

type ChoiceProps = Pick<Props, "selection" | "onChange">;

/** The choices beside packages: a shell, the platform, the tag. A choice that the package source lacks is left out. */
export function Options({ selection, registry, packages, onChange }: Props) {
  const { architectures = [], hasTags = false } = registry ?? {};
  const lacksShell = useMemo(() => packages.state === "here" && !hasShell(packages.index), [packages]);
  return (
    <div class="options">
      {(selection.shell || !lacksShell) && <ShellSwitch selection={selection} onChange={onChange} />}
      {(selection.architecture !== undefined || architectures.length > 1) && (
        <Platforms selection={selection} registry={registry} onChange={onChange} />
      )}
      {(selection.tag !== DEFAULT_TAG || hasTags) && (
        <TagField key={selection.tag} selection={selection} onChange={onChange} />
      )}
    </div>
  );
}

function ShellSwitch({ selection, onChange }: ChoiceProps) {
  return (
    <fieldset>
      <legend>Shell</legend>
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          checked={selection.shell}
          disabled={selection.image !== undefined}
          onChange={({ currentTarget }) => onChange({ ...selection, shell: currentTarget.checked })}
        />
        <span>bash, coreutils, moreutils and nano</span>
      </label>
    </fieldset>
  );
}

const PLATFORMS: readonly (Architecture | undefined)[] = [undefined, "amd64", "arm64"];

function Platforms({ selection, registry, onChange }: ChoiceProps & Pick<Props, "registry">) {
  const name = useId();
  return (
    <fieldset>
      <legend>Platform</legend>
      <div class="segments">
        {PLATFORMS.map((platform) => (
          <label key={platform ?? ""}>
            <input
              type="radio"
              name={name}
              checked={selection.architecture === platform}
              onChange={() => onChange({ ...selection, architecture: platform })}
            />
            <span>{platform ?? "default"}</span>
          </label>
        ))}
      </div>
      <p class="hint">{registry ? defaultHint(registry) : ""}</p>
    </fieldset>
  );
}

function defaultHint({ platforms, defaultArchitecture }: RegistryInfo): string {
  return platforms.length > 1 ? `By default ${platforms.join(" and ")}` : `By default ${defaultArchitecture}`;
}

function TagField({ selection, onChange }: ChoiceProps) {
  const id = useId();
  const [text, setText] = useState(selection.tag);
  const [problem, setProblem] = useState("");
  useEffect(() => setProblem(problemOf(text)), [text]);
  function apply() {
    if (problemOf(text) !== "") return;
    const tag = checkTag(text);
    setText(tag);
    if (tag !== selection.tag) onChange({ ...selection, tag });
  }
  return (
    <fieldset class="tag-field">
      <legend>
        <label for={id}>Tag</label>
      </legend>
      <input
        id={id}
        type="text"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        value={text}
        aria-invalid={problem !== ""}
        aria-describedby={`${id}-hint`}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        // Comes with Enter, or when the field loses the focus.
        onChange={apply}
      />
      <p id={`${id}-hint`} class={problem === "" ? "hint" : "problem"}>
        {problem || "latest, or a channel, branch or commit"}
      </p>
    </fieldset>
  );
}

function problemOf(text: string): string {
  try {
    checkTag(text);
    return "";
  } catch (error) {
    return messageOf(error);
  }
}
