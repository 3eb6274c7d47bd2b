import { type EdgeStep, isOutcome, parseEvent } from "../../protocol/build-events.ts";
import { OciError } from "../../protocol/oci-error.ts";
import type { TagRecord } from "../../protocol/tag-record.ts";
import type { TraceContext } from "../../protocol/trace-context.ts";
import type { EdgeUse } from "../assembly/edge-use.ts";
import type { Caller } from "../requests/caller.ts";
import type { RequestedImage } from "../requests/requested-image.ts";
import type { BuildAnswer, BuildCoordinator } from "./build-coordinator.ts";
import type { BuiltManifests } from "../stores/manifests.ts";

/** The binding of the builds' objects. */
export interface BuildBindings {
  readonly BUILDS: DurableObjectNamespace<BuildCoordinator>;
}

/** The builds' objects. */
export interface BuildSettings {
  readonly builds: DurableObjectNamespace<BuildCoordinator>;
}

/** Takes the builds' objects from the bindings. */
export function buildSettings({ BUILDS }: BuildBindings): BuildSettings {
  return { builds: BUILDS };
}

/** A call to the build's object lasts no longer, so the object soon forgets a client that has left. */
const MAX_CALL_MS = 25_000;
/** The platform moves and updates objects. A call then fails, and is made again. */
const MAX_ATTEMPTS = 3;

export interface BuildWait {
  readonly waitMs: number;
  /** The trace of the request; without a request, a new trace. */
  readonly trace?: TraceContext;
  readonly client?: Caller["client"];
  /** Called only if there is no running or remembered build. Throws if no build may be started. */
  readonly admit?: () => Promise<void>;
  /** What the edge may answer. By default, all that it can put together. */
  readonly edge?: EdgeUse;
  /** The address of the build's page. The message of a failed build names it. */
  readonly logAddress?: string;
}

/** An image that was built. */
export interface BuiltImage {
  readonly record: TagRecord;
  /** Undefined if an older version of the build's object answered, as during a deployment. */
  readonly manifests: BuiltManifests | undefined;
  /** The steps of an image that was put together at the edge. */
  readonly edgeSteps: readonly EdgeStep[] | undefined;
}

/**
 * Starts or joins the build of an image, and waits for it. Undefined if the build is still running after `waitMs`: it
 * goes on without us. Throws the `OciError` of a failed build.
 */
export async function waitForBuild(
  config: BuildSettings,
  image: RequestedImage,
  { waitMs, trace, client, admit, edge, logAddress }: BuildWait,
): Promise<BuiltImage | undefined> {
  const name = await image.buildName();
  const deadline = Date.now() + waitMs;
  let mayStart = admit === undefined;
  for (let remainingMs = waitMs; remainingMs > 0; remainingMs = deadline - Date.now()) {
    const callMs = Math.min(remainingMs, MAX_CALL_MS);
    const answer = await callCoordinator(config, name, (build) =>
      mayStart ? build.wait(image.request, callMs, trace, client, edge) : build.join(image.request, callMs, edge),
    );
    if (answer) return readAnswer(answer, logAddress);
    if (answer === null) continue;
    await admit?.();
    mayStart = true;
  }
  return undefined;
}

/** Starts the build of an image, or joins a running or remembered build. Does not wait. Returns the build's key. */
export async function beginBuild(
  config: BuildSettings,
  image: RequestedImage,
  { trace, client, admit, edge }: Pick<BuildWait, "trace" | "client" | "admit" | "edge">,
): Promise<string> {
  const name = await image.buildName();
  const known = await callCoordinator(config, name, (build) => build.join(image.request, 0, edge));
  if (known === undefined) {
    await admit?.();
    await callCoordinator(config, name, (build) => build.wait(image.request, 0, trace, client, edge));
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
      throw new OciError("UNAVAILABLE", "the Worker cannot reach the build now; pull again", { cause });
    }
  }
}

function readAnswer({ line, hasLog, manifests, edgeSteps }: BuildAnswer, logAddress: string | undefined): BuiltImage {
  const outcome = parseEvent(line);
  if (!outcome || !isOutcome(outcome)) throw new Error(`a build ended with ${JSON.stringify(line)}`);
  if (outcome.event === "image") return { record: outcome, manifests, edgeSteps };
  const { code, message, detail } = outcome;
  const page = hasLog && logAddress !== undefined ? { title: "the build's log", address: logAddress } : undefined;
  throw new OciError(code, message, { detail, page });
}
