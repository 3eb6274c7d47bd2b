import { compareText } from "../../protocol/compare-text.ts";
import { storePathHash } from "../closure/store-path.ts";
import { cleanText } from "./clean-text.ts";
import type { DebianPackage } from "./debian-package.ts";
import type { Distribution } from "./image-facts.ts";
import type { NamedPath } from "./path-names.ts";

interface PurlParts {
  readonly type: "nix" | "deb";
  readonly namespace: string | undefined;
  readonly name: string;
  readonly version: string | undefined;
  /** Keys are lower-case ASCII. Empty and missing values are left out. */
  readonly qualifiers: Readonly<Record<string, string | undefined>>;
}

/**
 * `pkg:nix/nixpkgs/openssl@3.0.14?output=bin&outputhash=…`. The package URL specification has no type `nix` yet. The
 * namespace follows its draft (https://github.com/package-url/purl-spec/pull/877), the qualifiers follow Syft.
 */
export function nixPurl({ path, name, version, output }: NamedPath, packageSet: string | undefined): string {
  const qualifiers = { output, outputhash: storePathHash(path) };
  return formatPurl({ type: "nix", namespace: packageSet, name, version, qualifiers });
}

/** `pkg:deb/debian/libssl3@3.0.17-1?arch=amd64&distro=debian-12&upstream=openssl`, with the qualifiers of Syft. */
export function debianPurl(
  { name, version, architecture, source }: DebianPackage,
  distribution: Distribution | undefined,
): string {
  const distro = distribution && `${distribution.id}-${distribution.version}`;
  const upstream = source && upstreamOf(source, version);
  return formatPurl({
    type: "deb",
    namespace: distribution?.id ?? "debian",
    name,
    version,
    qualifiers: { arch: architecture, distro, upstream },
  });
}

function upstreamOf(source: { readonly name: string; readonly version: string }, version: string): string {
  return source.version === version ? source.name : `${source.name}@${source.version}`;
}

/** https://github.com/package-url/purl-spec/blob/main/docs/specification/how-to-build.md */
function formatPurl({ type, namespace, name, version, qualifiers }: PurlParts): string {
  const pairs = Object.entries(qualifiers).flatMap(([key, value]) => (value ? [`${key}=${encode(value)}`] : []));
  return [
    `pkg:${type}/`,
    namespace ? `${encode(namespace)}/` : "",
    encode(name),
    version ? `@${encode(version)}` : "",
    pairs.length > 0 ? `?${pairs.toSorted(compareText).join("&")}` : "",
  ].join("");
}

/** The characters that a package URL has as they are. Most names and versions have no other. */
const PLAIN = /^[\w.~:-]*$/;

/** `encodeURIComponent` differs in six characters. */
function encode(text: string): string {
  if (PLAIN.test(text)) return text;
  return encodeURIComponent(cleanText(text))
    .replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%3A", ":");
}
