import type { Architecture } from "./image-name.ts";
import { ARCHITECTURES } from "./image-request.ts";

/** The name of the starter set as package source. It has no path and no state, so images keep their keys on any machine. */
export const STARTER_SOURCE = "starter";

/** The choices that images of a package source have. */
export interface SourceOffer {
  /** The architectures that people can ask for. The default one is always among them. */
  readonly architectures: readonly Architecture[];
  /** Whether there are tags beside `latest`. */
  readonly hasTags: boolean;
  /** Whether git, htop, jq and other well-known programs are certainly in the set, under the names of nixpkgs. */
  readonly hasUsualPackages: boolean;
}

/** Sources with revisions. A folder has only one state, and the machine builds it for itself. */
const VERSIONED = /^(?:channel:|git:|flake:git\+)/;

/**
 * What people can choose from a source, which is written as in `PACKAGE_SOURCE`. `platforms` are the architectures that
 * the operator wants: the starter set and a folder have no others.
 */
export function sourceOffer(
  source: string,
  defaultArchitecture: Architecture,
  platforms: readonly Architecture[] = [],
): SourceOffer {
  const isVersioned = VERSIONED.test(source);
  const wanted = ARCHITECTURES.filter((each) => each === defaultArchitecture || platforms.includes(each));
  return {
    architectures: isVersioned ? ARCHITECTURES : wanted,
    hasTags: isVersioned,
    hasUsualPackages: source === STARTER_SOURCE || source.startsWith("channel:"),
  };
}
