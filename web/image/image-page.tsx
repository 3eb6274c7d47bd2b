import { useState } from "preact/hooks";
import type { BuiltImage, ImageInfo, RegistryInfo } from "../../protocol/web-api.ts";
import { commandsFor } from "../page/commands.ts";
import { composeUrl, parseSelection } from "../page/selection.ts";
import { askImage, askRegistry } from "../page/answers.ts";
import { BuildButton } from "../page/build-button.tsx";
import { CommandTabs } from "../page/command-tabs.tsx";
import { currentHost } from "../page/host.ts";
import { useAnswer } from "../page/use-answer.ts";
import { DeadEnd } from "../page/dead-end.tsx";
import { useTitle } from "../page/use-title.ts";
import { ContentsView } from "./contents-view.tsx";
import { type Manifest, parseManifest } from "../../protocol/manifest.ts";
import { Sharing } from "./sharing.tsx";
import { Documents } from "../documents/documents.tsx";
import { Summary } from "./summary.tsx";
import { Trust } from "./trust.tsx";
import { verificationCommands } from "./verification.ts";

interface Props {
  readonly name: string;
  readonly tag: string;
}

/** The page of an image. It shows what the image is made of. */
export function ImagePage({ name, tag }: Props) {
  return name === "" ? <Nameless /> : <NamedImage name={name} tag={tag} />;
}

/** For an address that names no image. */
function Nameless() {
  useTitle("No image");
  return (
    <DeadEnd kicker="Image" title="This address names no image">
      The name of an image comes after /images/. It lists packages, with a slash between them.
    </DeadEnd>
  );
}

function NamedImage({ name, tag }: Props) {
  useTitle(`${name}:${tag}`);
  const image = useAnswer((signal) => askImage(name, tag, signal), [name, tag]);
  const registry = useAnswer(askRegistry, []);
  const info = registry.state === "here" ? registry.value : undefined;
  const manifest = image.state === "here" ? parseManifest(image.value.built?.manifest) : null;
  return (
    <>
      <p class="kicker">Image</p>
      <h1 class="reference">
        {name}
        <span class="tag">:{tag}</span>
      </h1>
      {image.state === "waiting" && <p role="status">Asking the registry …</p>}
      {image.state === "failed" && <Refused message={image.message} name={name} tag={tag} />}
      {image.state === "here" && image.value.built && manifest && (
        <Built info={image.value} built={image.value.built} manifest={manifest} registry={info} />
      )}
      {image.state === "here" && !manifest && <NeverPulled info={image.value} />}
    </>
  );
}

interface RefusedProps extends Props {
  readonly message: string;
}

function Refused({ message, name, tag }: RefusedProps) {
  return (
    <>
      <p class="problem" role="alert">
        {message}
      </p>
      <p>
        <a class="button" href={composeUrl(name, tag)}>
          Change the image
        </a>
      </p>
    </>
  );
}

function NeverPulled({ info: { name, tag } }: { readonly info: ImageInfo }) {
  return (
    <>
      <p class="lead">
        Nobody has pulled this image under this tag yet. The first pull builds it. You can also build it here.
      </p>
      <div class="actions">
        <BuildButton name={name} tag={tag} />
        <a href={composeUrl(name, tag)}>Change the image</a>
      </div>
    </>
  );
}

interface BuiltProps {
  readonly info: ImageInfo;
  readonly built: BuiltImage;
  readonly manifest: Manifest;
  readonly registry: RegistryInfo | undefined;
}

function Built({ info, built, manifest, registry }: BuiltProps) {
  const { name, tag } = info;
  const host = currentHost(registry);
  const verified = { name, tag, digest: built.manifests.oci, trust: built.trust };
  return (
    <>
      <Summary info={info} built={built} manifest={manifest} registry={registry} />
      <div class="columns">
        <Commands
          title="Pull it"
          commands={commandsFor(parseSelection(composeUrl(name, tag).slice(1), Infinity), host)}
        />
        <Commands title="Check it" commands={verificationCommands(verified, host)} />
      </div>
      {built.trust && <Trust image={built.manifests.oci} trust={built.trust} />}
      <ContentsView manifest={manifest} contents={built.contents} />
      <Documents image={built.manifests.oci} manifest={manifest} documents={built.trust?.documents ?? []} />
      <section aria-labelledby="sharing-title">
        <h2 id="sharing-title">Layers in common with other images</h2>
        <Sharing own={`${name}:${tag}`} manifest={manifest} registry={registry} />
      </section>
      <section aria-labelledby="documents-title">
        <h2 id="documents-title">Manifest and config</h2>
        <Document title="Manifest" value={built.manifest} />
        <Document title="Config" value={built.config} />
      </section>
    </>
  );
}

interface CommandsProps {
  readonly title: string;
  readonly commands: Parameters<typeof CommandTabs>[0]["commands"];
}

function Commands({ title, commands }: CommandsProps) {
  const [selected, setSelected] = useState(commands[0]?.id ?? "");
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <CommandTabs label={title} commands={commands} selected={selected} onSelect={setSelected} />
    </section>
  );
}

function Document({ title, value }: { readonly title: string; readonly value: unknown }) {
  return (
    <details class="document">
      <summary>{title}</summary>
      <pre tabIndex={0} role="group" aria-label={title}>
        {JSON.stringify(value, null, 2)}
      </pre>
    </details>
  );
}
