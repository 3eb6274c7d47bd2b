import { type OriginPort, untilHealthy } from "./origin-state.ts";

/** What this room needs of `ctx.container`: https://developers.cloudflare.com/containers/api/durable-object-container/ */
export interface ContainerRuntime extends Pick<
  Container,
  "running" | "images" | "start" | "monitor" | "signal" | "destroy" | "setInactivityTimeout" | "snapshotContainer"
> {
  getTcpPort(port: number): OriginPort;
}

/** The port of the images of `deploy/images/`. */
const ORIGIN_PORT = 8788;
/** A large snapshot has to be downloaded. How long that takes is not known. */
export const START_LIMIT_MS = 60_000;
const RETRY_MS = 1000;
/** What Cloudflare says if it has no machine at the moment, as `@cloudflare/containers` 0.3.7 knows it. */
const NO_MACHINE = ["there is no container instance that can be provided", "too many containers per second"];

/** The origin in the container. */
export function originPort(container: ContainerRuntime): OriginPort {
  return container.getTcpPort(ORIGIN_PORT);
}

/** Starts a container that does not run, and waits until its origin answers. Throws if it stops before, or takes too long. */
export async function startContainer(
  container: ContainerRuntime,
  options: ContainerStartupOptions,
  limitMs = START_LIMIT_MS,
): Promise<void> {
  const limit = AbortSignal.timeout(limitMs);
  for (;;) {
    try {
      return await startOnce(container, options, limit);
    } catch (error) {
      if (!isLackOfMachines(error)) throw error;
      await scheduler.wait(RETRY_MS);
      if (limit.aborted) throw error;
    }
  }
}

/** Whether a start failed for a reason that has nothing to do with what was started. */
export function isLackOfMachines(error: unknown): boolean {
  const text = String(error).toLowerCase();
  return NO_MACHINE.some((message) => text.includes(message));
}

async function startOnce(container: ContainerRuntime, options: ContainerStartupOptions, limit: AbortSignal) {
  const over = new AbortController();
  if (!container.running) container.start(options);
  const stopped = container.monitor().then(() => {
    throw new Error("the container stopped before its origin answered");
  });
  try {
    const signal = AbortSignal.any([limit, over.signal]);
    await Promise.race([untilHealthy(originPort(container), signal), stopped]);
  } finally {
    over.abort();
  }
}
