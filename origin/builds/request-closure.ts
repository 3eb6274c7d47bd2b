import { join } from "node:path";
import type { ImageClosure } from "../../image/closure/image-closure.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { NameError } from "../nix/package-problems.ts";
import type { NixNeed } from "../nix/nix-need.ts";
import { type CacheListener, prepareImage } from "../nix/prepare-image.ts";
import type { ResolvedSource } from "../nix/resolved-source.ts";
import type { NixSettings } from "../nix/settings.ts";
import type { Revision } from "../sources/revision.ts";
import { withSpoolFolder } from "../system/spool.ts";
import type { BuildRun } from "./build-run.ts";
import type { BuildSlots } from "./build-slots.ts";
import { checkImageSize } from "./image-size.ts";
import { type Refusals, RevisionRefusal } from "./refusals.ts";
import type { BuildSettings } from "./settings.ts";

export interface ClosureContext {
  readonly config: Pick<BuildSettings, "maxImageBytes"> & {
    readonly nix: NixSettings;
    readonly spoolDirectory: string;
  };
  readonly isolation: Isolation;
  readonly refusals: Refusals;
  readonly nixNeed: Pick<NixNeed, "note">;
  readonly slots: BuildSlots;
  readonly cacheListener?: CacheListener | undefined;
}

/** A request, and the revision of its tag. */
export interface ResolvedRequest {
  readonly request: ImageRequest;
  readonly revision: Revision;
  /** The request hash. */
  readonly hash: string;
  /** The client that began the build. It decides the build's turn. */
  readonly client: string;
}

interface FetchedRequest extends ResolvedRequest {
  readonly source: ResolvedSource;
}

/**
 * The first step of a build. It fetches the revision, waits for the build's turn, evaluates the names of the request and realises their
 * closure. `use` gets the closure. Nix's garbage collector leaves the closure alone until `use` has ended. If the
 * request was refused in the last minutes, the step throws the same refusal without a turn.
 */
export async function withClosure<T>(
  context: ClosureContext,
  resolved: ResolvedRequest,
  run: BuildRun,
  use: (closure: ImageClosure) => Promise<T>,
): Promise<T> {
  const { refusals, config } = context;
  const known = refusals.find(resolved.hash);
  if (known) throw known;
  // A download costs little. So a build that waits for one takes no turn from others.
  const source = await resolved.revision.fetch(run.onEvent);
  return inTurn(context, resolved, run, () =>
    withSpoolFolder(config.spoolDirectory, async (folder) => {
      const closure = await realiseNames(context, { ...resolved, source }, run, join(folder, "closure"));
      checkImageSize(closure.closure, config.maxImageBytes);
      return use(closure);
    }),
  );
}

/**
 * Waits for the build's turn. Evaluation, building and packing cost the most, so only a few builds do them at a time.
 */
function inTurn<T>(
  { slots }: ClosureContext,
  { client }: ResolvedRequest,
  { onEvent, signal }: BuildRun,
  work: () => Promise<T>,
): Promise<T> {
  let hasWaited = false;
  const onWait = (place: number) => {
    if (!hasWaited) onEvent({ event: "phase", phase: "wait" });
    hasWaited = true;
    onEvent({ event: "log", line: `waiting for a turn, at place ${place}` });
  };
  return slots.run({ client, onWait, signal }, work);
}

/** If the revision fixes everything that is evaluated, it also remembers that the revision lacks a name. */
async function realiseNames(
  { config, isolation, refusals, nixNeed, cacheListener }: ClosureContext,
  { request, revision, hash, source }: FetchedRequest,
  { onEvent, signal }: BuildRun,
  gcRoot: string,
): Promise<ImageClosure> {
  const { packages, image, architecture } = request;
  try {
    const { nix } = config;
    const run = { nix, isolation, gcRoot, signal, onEvent, cacheListener };
    const closure = await prepareImage({ packages, image, architecture, source, ...run });
    nixNeed.note(request.tag, undefined);
    return closure;
  } catch (error) {
    if (!signal.aborted) nixNeed.note(request.tag, error);
    if (!(error instanceof NameError) || !revision.isExact) throw error;
    const refusal = new RevisionRefusal(error, revision.revision);
    refusals.add(hash, refusal);
    throw refusal;
  }
}
