import { useEffect, useId, useState } from "preact/hooks";
import type { Architecture } from "../../protocol/image-name.ts";
import type { RegistryInfo } from "../../protocol/web-api.ts";
import { messageOf } from "../page/api.ts";
import { checkTag, type Selection } from "../page/selection.ts";

interface Props {
  readonly selection: Selection;
  readonly registry: RegistryInfo | undefined;
  readonly onChange: (selection: Selection) => void;
}

/** The choices beside packages: a shell, the platform, the tag. */
export function Options({ selection, registry, onChange }: Props) {
  return (
    <div class="options">
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
      <Platforms selection={selection} registry={registry} onChange={onChange} />
      <TagField key={selection.tag} selection={selection} onChange={onChange} />
    </div>
  );
}

const PLATFORMS: readonly (Architecture | undefined)[] = [undefined, "amd64", "arm64"];

function Platforms({ selection, registry, onChange }: Props) {
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
      <p class="hint">{registry ? `By default ${registry.defaultArchitecture}` : ""}</p>
    </fieldset>
  );
}

function TagField({ selection, onChange }: Omit<Props, "registry">) {
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
