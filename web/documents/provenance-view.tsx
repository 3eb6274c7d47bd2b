import type { ComponentChildren } from "preact";
import type { Digest } from "../../protocol/digest.ts";
import { count } from "../page/format.ts";
import { useAnswer } from "../page/use-answer.ts";
import { askProvenance } from "./ask-document.ts";
import { linkAddress } from "./document-text.ts";
import type { BuiltPath, FetchedPaths, Provenance } from "./provenance.ts";

interface Props {
  /** The digest of the OCI manifest. */
  readonly image: Digest;
}

/** How an image was made, by its provenance. */
export function ProvenanceView({ image }: Props) {
  const provenance = useAnswer((signal) => askProvenance(image, signal), [image]);
  if (provenance.state === "waiting") return <p role="status">Asking for the provenance …</p>;
  if (provenance.state === "failed") return <p role="alert">{provenance.message}</p>;
  return <InWords provenance={provenance.value} />;
}

function InWords({ provenance }: { readonly provenance: Provenance }) {
  const { names, source, revision, builder, programs, fetched, unknown, built } = provenance;
  return (
    <ul class="provenance">
      <li>
        Somebody asked for {names.length === 0 ? "an image" : <code>{names.join(", ")}</code>} from{" "}
        <code>{source ?? "an unknown source"}</code>
        {revision !== undefined && (
          <>
            {" at revision "}
            <code>{revision}</code>
          </>
        )}
        .
      </li>
      <li>
        <Builder builder={builder} /> made the image
        {programs.length > 0 && <> with {programs.join(" and ")}</>}.
      </li>
      {fetched.map((origin) => (
        <Fetched key={`${origin.cache} ${origin.key}`} origin={origin} />
      ))}
      <Built built={built} />
      {unknown.length > 0 && (
        <Paths words={`${count(unknown.length, "store path")} came from a place that is not known.`} paths={unknown} />
      )}
    </ul>
  );
}

function Builder({ builder }: Pick<Provenance, "builder">) {
  const address = linkAddress(builder);
  if (address === undefined) return <>{builder ?? "An unknown builder"}</>;
  return <a href={address}>{builder}</a>;
}

function Fetched({ origin: { cache, key, paths } }: { readonly origin: FetchedPaths }) {
  const place = cache === undefined ? "came from a cache whose address is not known" : `came from ${cache}`;
  const signer = key === undefined ? ", without a key that is known" : `, signed by the key ${key}`;
  return <Paths words={`${count(paths.length, "store path")} ${place}${signer}.`} paths={paths} />;
}

function Built({ built }: Pick<Provenance, "built">) {
  if (built.length === 0) return <li>The builder built no store path of the image itself.</li>;
  return (
    <Paths
      words={`The builder built ${count(built.length, "store path")} itself.`}
      paths={built.map(({ path }) => path)}
    >
      {(place) => <Derivation built={built[place]} />}
    </Paths>
  );
}

function Derivation({ built }: { readonly built: BuiltPath | undefined }) {
  if (built?.derivation === undefined) return null;
  return (
    <span class="soft">
      {" from "}
      <code>{built.derivation}</code>
    </span>
  );
}

interface PathsProps {
  readonly words: string;
  readonly paths: readonly string[];
  readonly children?: (place: number) => ComponentChildren;
}

function Paths({ words, paths, children }: PathsProps) {
  return (
    <li>
      <details>
        <summary>{words}</summary>
        <ul>
          {paths.map((path, place) => (
            <li key={path}>
              <code>{path}</code>
              {children?.(place)}
            </li>
          ))}
        </ul>
      </details>
    </li>
  );
}
