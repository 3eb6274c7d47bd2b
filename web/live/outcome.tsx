import type { BuildOutcome, ErrorEvent } from "../../protocol/build-events.ts";
import { commandsFor } from "../page/commands.ts";
import { composeUrl, parseSelection, reference, splitReference } from "../page/selection.ts";
import { BuildButton } from "../page/build-button.tsx";
import { CommandText } from "../page/command-text.tsx";
import { CopyButton } from "../page/copy-button.tsx";
import { currentHost } from "../page/host.ts";
import { adviceFor } from "./advice.ts";

interface Props {
  /** `name:tag` */
  readonly image: string;
  /** Undefined while the build goes on. */
  readonly outcome: BuildOutcome | undefined;
}

/** How the build ended, and what to do next. A running build has the pull command, too: a pull waits for the build. */
export function Outcome({ image, outcome }: Props) {
  const { name, tag } = splitReference(image);
  if (outcome?.event === "error") return <Failure name={name} tag={tag} error={outcome} />;
  const command = pullCommand(name, tag);
  return (
    <section class={outcome ? "outcome done" : "outcome"} aria-labelledby="outcome-title">
      <h2 id="outcome-title">{outcome ? "It is ready" : "Pull it now and wait, or pull it later"}</h2>
      <div class="command">
        <pre tabIndex={0} role="group" aria-label="Command">
          <CommandText text={command} />
        </pre>
        <CopyButton text={command} what="the command" />
      </div>
      {outcome?.leftOut?.map(({ architecture, reason }) => (
        <p key={architecture} class="note">
          There is no image for linux/{architecture}: {reason}
        </p>
      ))}
      <div class="actions">
        {outcome && (
          <a class="button" href={`/images/${reference(name, tag)}`}>
            See its layers
          </a>
        )}
        <a href={composeUrl(name, tag)}>Change the image</a>
      </div>
    </section>
  );
}

interface FailureProps {
  readonly name: string;
  readonly tag: string;
  readonly error: ErrorEvent;
}

function Failure({ name, tag, error }: FailureProps) {
  return (
    <section class="outcome failed" aria-labelledby="outcome-title">
      <h2 id="outcome-title">It failed</h2>
      <pre class="message" tabIndex={0} role="group" aria-label="Message">
        {error.message}
      </pre>
      <p>{adviceFor(error.code)}</p>
      <div class="actions">
        <a class="button" href={composeUrl(name, tag)}>
          Change the image
        </a>
        <BuildButton name={name} tag={tag} label="Build it again" />
      </div>
    </section>
  );
}

const MOST_PACKAGES = 255;

function pullCommand(name: string, tag: string): string {
  const selection = parseSelection(composeUrl(name, tag).slice(1), MOST_PACKAGES);
  return commandsFor(selection, currentHost(undefined))[0]?.text ?? "";
}
