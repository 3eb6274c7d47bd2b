import type { Architecture } from "../../protocol/image-name.ts";
import { IMAGE_LABEL, PACKAGES_LABEL, SET_IMAGE_PACKAGES_LABEL } from "../../protocol/package-label.ts";
import type { ImageOptions } from "../closure/image-options.ts";
import type { DescribedLayer } from "../layers/layer.ts";

export interface ImageConfigInput {
  readonly architecture: Architecture;
  /** Attribute paths of the requested packages, sorted. */
  readonly packages: readonly string[];
  /** Bottom to top, in the order of the manifest. */
  readonly layers: readonly Pick<DescribedLayer, "diffId" | "description">[];
  readonly hasShell: boolean;
  readonly hasCertificates: boolean;
  /** For an image that the package set defines: `{}` if it has no options. Undefined for an image of packages. */
  readonly options?: ImageOptions | undefined;
}

/**
 * The epoch. The time and the revision of a build do not change an image, so one closure has one digest. With the time of
 * the revision, each new revision would give every image a new digest, and clients would pull images that have not
 * changed.
 */
const CREATED = "1970-01-01T00:00:00Z";
/** The place of the certificates in nixpkgs' `cacert`. */
export const CERTIFICATE_BUNDLE = "etc/ssl/certs/ca-bundle.crt";
/** Docker's own default: https://github.com/moby/moby/blob/v28.0.0/oci/defaults.go */
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
export const SHELL_PROGRAM = "bin/bash";

/** The image config as JSON: https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md */
export function imageConfig(input: ImageConfigInput): string {
  const { options = {} } = input;
  return JSON.stringify({
    created: CREATED,
    architecture: input.architecture,
    os: "linux",
    config: {
      ...(options.user === undefined ? {} : { User: options.user }),
      ...(options.exposedPorts && { ExposedPorts: Object.fromEntries(options.exposedPorts.map((port) => [port, {}])) }),
      Env: environment(input.hasCertificates, options.env),
      ...(options.entrypoint && { Entrypoint: options.entrypoint }),
      ...command(input.hasShell, options),
      ...(options.workingDir === undefined ? {} : { WorkingDir: options.workingDir }),
      Labels: {
        "org.opencontainers.image.title": input.packages.join("/"),
        ...options.labels,
        [IMAGE_LABEL]: "true",
        // This label decides who may pull the image. It comes last, so the image's own labels cannot replace it.
        [input.options ? SET_IMAGE_PACKAGES_LABEL : PACKAGES_LABEL]: input.packages.join(" "),
      },
    },
    rootfs: { type: "layers", diff_ids: input.layers.map(({ diffId }) => diffId) },
    history: input.layers.map(({ description }) => ({ created: CREATED, created_by: description })),
  });
}

/** Runs the shell if the image sets no command. After an entrypoint, the shell would be an argument of it. */
function command(hasShell: boolean, { entrypoint, cmd }: ImageOptions): { readonly Cmd?: readonly string[] } {
  if (cmd) return { Cmd: cmd };
  return hasShell && !entrypoint ? { Cmd: [`/${SHELL_PROGRAM}`] } : {};
}

/**
 * `HOME` and `USER` are missing on purpose: runtimes set `HOME` from `/etc/passwd`, for the user that really runs.
 * A variable that the image sets replaces the default in its place. New variables come after the defaults.
 */
function environment(hasCertificates: boolean, own: ImageOptions["env"] = {}): string[] {
  const variables = new Map([["PATH", DEFAULT_PATH]]);
  if (hasCertificates)
    variables.set("SSL_CERT_FILE", `/${CERTIFICATE_BUNDLE}`).set("NIX_SSL_CERT_FILE", `/${CERTIFICATE_BUNDLE}`);
  for (const [name, value] of Object.entries(own)) variables.set(name, value);
  return [...variables].map(([name, value]) => `${name}=${value}`);
}
