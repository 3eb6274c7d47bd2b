import type { Architecture } from "../../protocol/image-name.ts";
import type { BilledImage } from "../bills/read-spdx.ts";
import { FORMAT_VERSION } from "../layers/format-version.ts";
import { archiveResource } from "./resources.ts";

/** URNs, because these texts are the same for all registries. docs/provenance.md describes them. */
const BUILD_TYPE = "urn:cornice:closure-provenance:1";
const BUILDER = "urn:cornice:builder";

/**
 * The part of a provenance that is true on every machine and at every revision: the packages, the architecture, and the
 * store paths of the image. It has the form of SLSA provenance, version 1: https://slsa.dev/spec/v1.0/provenance
 */
export function closureProvenance({ title, paths }: BilledImage, architecture: Architecture) {
  return {
    buildDefinition: {
      buildType: BUILD_TYPE,
      externalParameters: { name: title, architecture },
      internalParameters: { formatVersion: FORMAT_VERSION },
      resolvedDependencies: paths.map(archiveResource),
    },
    runDetails: { builder: { id: BUILDER } },
  };
}
