import { FORMAT_VERSION } from "../image/layers/format-version.ts";
import { readPopularity } from "../origin/layers/popularity-file.ts";
import type { BuilderConfig } from "../origin/service/config.ts";
import { describeSource } from "../origin/sources/package-source.ts";
import type { Environment } from "../origin/system/settings.ts";
import { plainLine } from "../protocol/plain-text.ts";
import { DEFAULT_TAG, isCommit } from "../protocol/tag.ts";
import { CliError } from "./cli-error.ts";
import type { RequestedName } from "./requested-name.ts";
import type { ProvenanceFacts } from "./verification/provenance-facts.ts";

const SET_IMAGE = "images/";
/** Characters of a provenance's text that a person sees. */
const MAX_SHOWN = 200;

/** The name and the tag that the image was built by. */
export function rebuildRequest({ names, architecture, revision }: ProvenanceFacts): {
  readonly name: RequestedName;
  readonly tag: string;
} {
  const text = names.join("/");
  const image = names.length === 1 && text.startsWith(SET_IMAGE) ? text.slice(SET_IMAGE.length) : undefined;
  const name = { text, architecture, packages: image === undefined ? names : [] };
  return {
    name: image === undefined ? name : { ...name, image },
    tag: revision !== undefined && isCommit(revision) ? revision : DEFAULT_TAG,
  };
}

/** The settings of this machine, with those of the image in their place. */
export function rebuildEnvironment(env: Environment, facts: ProvenanceFacts): Environment {
  const { maxStoreLayers, compression, revision } = facts;
  const refs = env["CORNICE_ALLOWED_REFS"] ?? "";
  return {
    ...env,
    CORNICE_MAX_LAYERS: String(maxStoreLayers),
    CORNICE_COMPRESSION: compression,
    // nixpkgs' commits are refused, unless somebody names them.
    ...(revision !== undefined && isCommit(revision) && { CORNICE_ALLOWED_REFS: `${refs} ${revision}`.trim() }),
  };
}

/** Throws a `CliError` if this machine's settings or program would make another image. */
export async function checkRebuildConfig(config: BuilderConfig, facts: ProvenanceFacts): Promise<void> {
  const own = describeSource(config.source);
  if (own !== facts.source)
    throw new CliError(
      `cannot rebuild: the image is of the package source ${shown(facts.source)}, and this machine has ${shown(own)}; ` +
        "set the same source with CORNICE_CHANNEL, CORNICE_PKGS_REPO, CORNICE_FLAKE or CORNICE_PKGS_PATH",
    );
  if (facts.formatVersion !== FORMAT_VERSION)
    throw new CliError(
      `cannot rebuild: another version of Cornice made the image (format ${shown(String(facts.formatVersion))}; ` +
        `here ${FORMAT_VERSION}); use that version`,
    );
  const { hash } = await readPopularity(config.popularityUrl);
  if (hash !== facts.popularity)
    throw new CliError(
      "cannot rebuild: the registry groups layers by other popularity data than this machine; " +
        "set CORNICE_POPULARITY_URL to the registry's file",
    );
}

function shown(text: string): string {
  return plainLine(text, " ").slice(0, MAX_SHOWN);
}
