import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { FoundPackage } from "../../image/names/found-package.ts";
import { createNameIndex, type NameIndex } from "../../origin/index/indexed-names.ts";
import type { Isolation } from "../../origin/isolation/isolation.ts";
import { evaluateWithExtra } from "../../origin/nix/evaluate.ts";
import { PREPARE_IMAGE, prepareImage } from "../../origin/nix/prepare-image.ts";
import { parseEvaluation } from "../../origin/nix/prepare-image-output.ts";
import type { ResolvedSource } from "../../origin/nix/resolved-source.ts";
import type { EvaluationSettings } from "../../origin/nix/settings.ts";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { resolveIndexable } from "../../origin/package-index/package-index.ts";
import { type PublishedIndex, publishIndex } from "../../origin/package-index/published-index.ts";
import { withIsolation } from "../../origin/service/builder-isolation.ts";
import { parseIndexConfig } from "../../origin/service/config.ts";
import { describeSource } from "../../origin/sources/package-source.ts";
import { createDiskStore } from "../../origin/stores/disk-store.ts";
import { CommandError } from "../../origin/system/command.ts";
import { SYSTEM } from "./source-pull.ts";

/** The end of a pull's first step: the packages, or the message of the error. */
export type NamesOutcome = { readonly packages: readonly FoundPackage[] } | { readonly message: string };

export async function outcomeOf(
  found: Promise<readonly FoundPackage[] | undefined>,
): Promise<NamesOutcome | undefined> {
  return found.then(
    (packages) => packages && { packages },
    (error: Error) => ({ message: error.message }),
  );
}

interface EvaluationOptions {
  readonly source: ResolvedSource;
  readonly isolation: Isolation;
  readonly nix?: EvaluationSettings;
}

/** Evaluates names as a pull does. Nothing is built: the error of a failed evaluation comes from a pull that may not. */
export async function evaluateNames(options: EvaluationOptions, packages: readonly string[]): Promise<FoundPackage[]> {
  const { source, isolation, nix = {} } = options;
  const { signal } = new AbortController();
  return isolation.withScratch(async (links) => {
    const mark = randomUUID();
    const texts = { packages: JSON.stringify(packages), image: "", metadata: mark };
    const request = { source, system: SYSTEM, nix, isolation, signal, expression: PREPARE_IMAGE, texts, links };
    const answers = await evaluateWithExtra({ ...request, onLog: () => {} }, mark).catch((error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
    });
    const evaluation = answers && parseEvaluation(answers.answer, answers.extra);
    if (evaluation && evaluation.found.length > 0) return [...evaluation.found];
    await prepareImage({
      packages,
      architecture: hostArchitecture(),
      source,
      nix: { ...nix, timeoutS: 60, mayBuild: false },
      isolation,
      gcRoot: join(links, "closure"),
      signal,
      onEvent: () => {},
    });
    throw new Error(`${packages.join("/")} was built`);
  });
}

/** An index of names, and all that its source needs. */
export interface IndexedSource extends EvaluationOptions {
  readonly index: NameIndex;
  readonly published: PublishedIndex;
  readonly revision: { readonly revision: string; readonly isExact: boolean };
}

/** Indexes a path source with these settings of an origin, and gives the index to `use`. */
export async function withIndexedSource<T>(
  { directory, env }: { readonly directory: string; readonly env: Readonly<Record<string, string>> },
  use: (indexed: IndexedSource) => Promise<T>,
): Promise<T> {
  const folders = { CORNICE_SOURCES_DIR: join(directory, "sources"), CORNICE_SPOOL_DIR: join(directory, "spool") };
  const config = parseIndexConfig({ ...folders, CORNICE_NIX_SUBSTITUTERS: "", ...env }, 2);
  const machine = { PATH: "/usr/bin:/bin", HOME: directory };
  const { signal } = new AbortController();
  return withIsolation(config, machine, async (isolation) => {
    const ignored = { onProgress: () => {}, onFailure: () => {} };
    const indexable = await resolveIndexable({
      config,
      starterSet: undefined,
      env: machine,
      isolation,
      signal,
      ...ignored,
    });
    const store = createDiskStore(join(directory, "bucket"));
    const published = await publishIndex(store, indexable, signal);
    const { nix, sourceAccess } = config;
    const settings = { source: describeSource(config.source), nix, restrictsPath: sourceAccess.restrictsPath };
    const { revision } = indexable;
    const location = env["CORNICE_PKGS_PATH"] ?? "";
    const source: ResolvedSource = { kind: "path", location, revision };
    const index = createNameIndex(store, settings);
    return use({ index, published, source, isolation, nix, revision: { revision, isExact: true } });
  });
}
