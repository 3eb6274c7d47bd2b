import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, vi } from "vitest";
import { SnapshotContainer } from "../../../worker/containers/snapshot-container.ts";
import { IMAGE, RecordingContainer } from "./recording-container.ts";

export const MINUTE_MS = 60_000;
const SETTINGS = { CONTAINER_SNAPSHOT: "on", CORNICE_CHANNEL: "nixos-25.11", ORIGIN_SECRET: "s".repeat(32) };

export interface Tried {
  readonly container: RecordingContainer;
  readonly state: DurableObjectState;
  /** The object as a new deployment or a new start of the object makes it. */
  readonly restart: (settings?: Readonly<Record<string, string>>) => SnapshotContainer;
}

/** Runs in a real Durable Object, with its storage. Workerd runs no containers without an engine, so one is recorded. */
export function inObject(work: (tried: Tried) => Promise<void>): Promise<void> {
  return runInDurableObject(env.BUILDS.getByName("container"), async (_, state) => {
    const container = new RecordingContainer();
    Object.defineProperty(state, "container", { value: container, configurable: true });
    await work({ container, state, restart: (settings) => new SnapshotContainer(state, { ...SETTINGS, ...settings }) });
  });
}

/** A call of the Worker. Only a POST asks for a build. */
export const call = (object: SnapshotContainer, method = "POST") =>
  object.fetch(new Request("http://origin-1/builds", { method }));

/** Lets minutes pass, and then the alarm. */
export async function alarmAfter(minutes: number, object: SnapshotContainer): Promise<void> {
  vi.useFakeTimers({ now: Date.now() + minutes * MINUTE_MS, toFake: ["Date"] });
  await object.alarm();
}

/** One build, and a rest after which the container has left a snapshot. */
export async function leaveSnapshot({ container, restart }: Tried): Promise<void> {
  const object = restart();
  await call(object);
  await alarmAfter(10, object);
  expect(container.takeCalls()).toEqual([`start ${IMAGE}`, "snapshot", "destroy"]);
}
