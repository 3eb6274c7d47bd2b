import type { Architecture } from "../../protocol/image-name.ts";
import type { Digest } from "../../protocol/digest.ts";

export interface ImageConfigInput {
  readonly architecture: Architecture;
  /** Attribute paths of the requested packages, sorted. */
  readonly packages: readonly string[];
  /** Bottom to top, in the order of the manifest. */
  readonly layers: readonly { readonly diffId: Digest; readonly description: string }[];
  readonly hasShell: boolean;
  readonly hasCertificates: boolean;
}

/**
 * The epoch: an image is a function of its closure, whenever and from whatever revision it was built,
 * so that one closure has one digest.
 */
const CREATED = "1970-01-01T00:00:00Z";
/** Where nixpkgs' `cacert` has its bundle. */
export const CERTIFICATE_BUNDLE = "etc/ssl/certs/ca-bundle.crt";
export const SHELL_PROGRAM = "bin/bash";

/** The image config as JSON: https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md */
export function imageConfig(input: ImageConfigInput): string {
  return JSON.stringify({
    created: CREATED,
    architecture: input.architecture,
    os: "linux",
    config: {
      Env: environment(input.hasCertificates),
      ...(input.hasShell ? { Cmd: [`/${SHELL_PROGRAM}`] } : {}),
      Labels: {
        "org.opencontainers.image.title": input.packages.join("/"),
        "cornice.packages": input.packages.join(" "),
      },
    },
    rootfs: { type: "layers", diff_ids: input.layers.map(({ diffId }) => diffId) },
    history: input.layers.map(({ description }) => ({ created: CREATED, created_by: description })),
  });
}

function environment(hasCertificates: boolean): string[] {
  const variables = ["PATH=/bin:/usr/bin", "HOME=/root", "USER=root"];
  if (hasCertificates)
    variables.push(`SSL_CERT_FILE=/${CERTIFICATE_BUNDLE}`, `NIX_SSL_CERT_FILE=/${CERTIFICATE_BUNDLE}`);
  return variables;
}
