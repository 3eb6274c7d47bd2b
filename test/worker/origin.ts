import { env } from "cloudflare:workers";
import { inject } from "vitest";
import { type BuildEvent, formatEvent } from "../../protocol/build-events.ts";
import type { Digest } from "../../protocol/digest.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { type RequestedImage, withKeys } from "../../worker/requests/requested-image.ts";
import { parseConfig } from "../../worker/settings.ts";
import { callsPath, type ReceivedCall, type Script, scriptPath, type Step } from "../scripted-origin/script.ts";
import { type TestImage, tagRecord } from "./images.ts";

/** Makes the origin follow the script in build calls for these packages, `/`-separated in canonical order. */
export async function scriptOrigin(packages: string, script: Script): Promise<void> {
  const response = await fetch(inject("originUrl") + scriptPath(packages), {
    method: "PUT",
    body: JSON.stringify(script),
  });
  await response.arrayBuffer();
}

export async function originCalls(packages: string): Promise<readonly ReceivedCall[]> {
  const response = await fetch(inject("originUrl") + callsPath(packages));
  return response.json();
}

export function sendEvents(...events: readonly BuildEvent[]): Script {
  return { steps: events.map((event) => ({ send: formatEvent(event) })) };
}

/** The script of a build that succeeds. `more` comes before the outcome. */
export function succeed(image: TestImage, ...more: readonly BuildEvent[]): Script {
  return sendEvents(
    { event: "queued" },
    { event: "phase", phase: "evaluate" },
    { event: "log", line: "building" },
    ...more,
    { event: "heartbeat" },
    { event: "image", ...tagRecord(image) },
  );
}

/** The events of layers that the origin has put into R2, or has found there. */
export function uploads(layers: readonly { digest: Digest; size: number }[], known = false): BuildEvent[] {
  const total = layers.length;
  return layers.map((layer, index) => ({ event: "layer", ...layer, index, total, description: "a layer", known }));
}

export function fail(code: "MANIFEST_UNKNOWN" | "UNAVAILABLE" | "NAME_INVALID", message: string): Script {
  return sendEvents({ event: "queued" }, { event: "error", code, message });
}

/** The script of a build that takes long. */
export function heartbeats(count: number, everyMs: number): Step[] {
  return Array.from({ length: count }, () => [
    { waitMs: everyMs },
    { send: formatEvent({ event: "heartbeat" }) },
  ]).flat();
}

/** The key of the build of `packages` as latest. */
export async function buildKeyOf(packages: string): Promise<string> {
  return (await requested(packages)).buildKey();
}

/** The name of the object that builds `packages` as latest. */
export async function buildNameOf(packages: string): Promise<string> {
  return (await requested(packages)).buildName();
}

/** An `imageRequest` with its keys. */
export function requested(packages: string, tag?: string): Promise<RequestedImage> {
  return withKeys(parseConfig(env), imageRequest(packages, tag));
}

/** The image request for `packages`, `/`-separated in canonical order, as latest. */
export function imageRequest(packages: string, tag = "latest"): ImageRequest {
  return { source: env.PACKAGE_SOURCE, tag, architecture: "amd64", packages: packages.split("/") };
}
