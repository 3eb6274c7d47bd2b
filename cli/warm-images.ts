import pLimit from "p-limit";
import type { Builder } from "../origin/service/builder.ts";
import { StoreError } from "../origin/stores/object-store.ts";
import type { BuildListener } from "../protocol/build-events.ts";
import type { PullRequest } from "../protocol/image-request.ts";
import { CliError } from "./cli-error.ts";
import type { Progress } from "./progress.ts";
import type { WarmTally } from "./warm-tally.ts";

/** An image or a list to build ahead, and its name for people. */
export interface NamedRequest {
  readonly name: string;
  readonly request: PullRequest;
}

interface WarmingOptions {
  readonly builder: Pick<Builder, "build" | "bundler" | "trust">;
  /** How many images are built at a time. */
  readonly jobs: number;
  readonly tally: WarmTally;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** The bundler drops packages if 256 of them wait. */
const MAX_WAITING_PACKAGES = 32;

/**
 * Builds all images, and waits for the bundles of their packages. An image that fails stops no other one. Throws the
 * signal's reason, and a `CliError` if the stores fail.
 */
export async function warmImages(images: readonly NamedRequest[], options: WarmingOptions): Promise<void> {
  const { builder, jobs, tally, signal } = options;
  const outage = new AbortController();
  const run = { ...options, signal: AbortSignal.any([signal, outage.signal]), outage };
  tally.beginImages();
  const limit = pLimit(jobs);
  await Promise.all(images.map((image) => limit(() => warmImage(image, run))));
  const waiting = builder.bundler?.waiting ?? 0;
  if (waiting > 0) tally.beginBundles(waiting);
  await Promise.all([builder.bundler?.finished(), builder.trust?.finished()]);
  signal.throwIfAborted();
}

interface Warming extends WarmingOptions {
  /** Ends the whole call. */
  readonly outage: AbortController;
}

async function warmImage({ name, request }: NamedRequest, warming: Warming): Promise<void> {
  const { builder, tally, progress, signal, outage } = warming;
  signal.throwIfAborted();
  if ((builder.bundler?.waiting ?? 0) >= MAX_WAITING_PACKAGES) await builder.bundler?.finished();
  let isKnown = true;
  const onEvent: BuildListener = (event) => {
    if (event.event === "phase" && event.phase === "pack") isKnown = false;
    if (event.event === "log") progress.log(`${name}: ${event.line}`);
  };
  try {
    const { leftOut = [] } = await builder.build(request, onEvent);
    for (const { architecture, reason } of leftOut) progress.note(`${name}: without ${architecture}: ${reason}`);
    tally.addImage(name, isKnown ? "known" : "built");
  } catch (error) {
    // All other images would fail, too.
    if (error instanceof StoreError) outage.abort(new CliError(error.message, { cause: error.cause }));
    signal.throwIfAborted();
    tally.addFailure(name, error);
  }
}
