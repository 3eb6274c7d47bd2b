import { isOutcome, parseEvent } from "../../protocol/build-events.ts";
import { OciError } from "../../protocol/oci-error.ts";
import type { TagRecord } from "../../protocol/tag-record.ts";
import type { TraceContext } from "../../protocol/trace-context.ts";
import type { Caller } from "../requests/caller.ts";
import type { RequestedImage } from "../requests/requested-image.ts";
import type { BuildAnswer, BuildCoordinator } from "./build-coordinator.ts";

/** The binding of the builds' objects. */
export interface BuildBindings {
  readonly BUILDS: DurableObjectNamespace<BuildCoordinator>;
}

/** The builds' objects. */
export interface BuildSettings {
  readonly builds: DurableObjectNamespace<BuildCoordinator>;
}

/** The objects of the binding. */
export function buildSettings({ BUILDS }: BuildBindings): BuildSettings {
  return { builds: BUILDS };
}

/** Calls to the build's object are as short, so that it soon forgets a client that has left. */
const MAX_CALL_MS = 25_000;
/** Objects are moved and updated; whoever called one then calls it again. */
const MAX_ATTEMPTS = 3;

export interface BuildWait {
  readonly waitMs: number;
  /** A new one where no request is behind it. */
  readonly trace?: TraceContext;
  readonly client?: Caller["client"];
  /** Decides, where no build is under way or remembered, whether one may be started; throws if not. */
  readonly admit?: () => Promise<void>;
  /** Where a person finds the build's log, for the message of one that failed. */
  readonly logAddress?: string;
}

/**
 * Has an image built, together with all others who ask for it, and waits for it; the build goes on without us.
 * Undefined when it is not done after `waitMs`. Throws the `OciError` that it ended with.
 */
export async function waitForBuild(
  config: BuildSettings,
  image: RequestedImage,
  { waitMs, trace, client, admit, logAddress }: BuildWait,
): Promise<TagRecord | undefined> {
  const name = await image.buildName();
  const deadline = Date.now() + waitMs;
  let mayStart = admit === undefined;
  for (let remainingMs = waitMs; remainingMs > 0; remainingMs = deadline - Date.now()) {
    const callMs = Math.min(remainingMs, MAX_CALL_MS);
    const answer = await callCoordinator(config, name, (build) =>
      mayStart ? build.wait(image.request, callMs, trace, client) : build.join(image.request, callMs),
    );
    if (answer) return readAnswer(answer, logAddress);
    if (answer === null) continue;
    await admit?.();
    mayStart = true;
  }
  return undefined;
}

/** Begins the build of an image, or joins it, or finds it remembered, and does not wait. Returns its key. */
export async function beginBuild(
  config: BuildSettings,
  image: RequestedImage,
  { trace, client, admit }: Pick<BuildWait, "trace" | "client" | "admit">,
): Promise<string> {
  const name = await image.buildName();
  const known = await callCoordinator(config, name, (build) => build.join(image.request, 0));
  if (known === undefined) {
    await admit?.();
    await callCoordinator(config, name, (build) => build.wait(image.request, 0, trace, client));
  }
  return image.buildKey();
}

async function callCoordinator<T>(
  { builds }: BuildSettings,
  name: string,
  call: (build: DurableObjectStub<BuildCoordinator>) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      // A stub whose call failed must not be used again.
      return await call(builds.getByName(name));
    } catch (cause) {
      if (attempt < MAX_ATTEMPTS) continue;
      throw new OciError("UNAVAILABLE", "the build cannot be waited for now; pull again", { cause });
    }
  }
}

function readAnswer({ line, hasLog }: BuildAnswer, logAddress: string | undefined): TagRecord {
  const outcome = parseEvent(line);
  if (!outcome || !isOutcome(outcome)) throw new Error(`a build ended with ${JSON.stringify(line)}`);
  if (outcome.event === "image") return outcome;
  const { code, message, detail } = outcome;
  const hint = hasLog && logAddress !== undefined ? `\nthe build's log: ${logAddress}` : "";
  throw new OciError(code, message + hint, { detail });
}
