import { SHARED_SETTINGS } from "../../protocol/shared-settings.ts";
import { integer } from "../requests/integer-setting.ts";

/** The beginnings of the names of an origin's settings: docs/settings.md. */
const ORIGIN_SETTING = /^(?:CORNICE|R2|KV|NIX)_/;
/** Seconds. The origin writes bundles and signatures behind the answer. */
export const AFTER_A_BUILD_S = 600;
/** https://developers.cloudflare.com/containers/platform/limits/#instance-types */
const INSTANCES = ["lite", "basic", "standard-1", "standard-2", "standard-3", "standard-4"] as const;

/** The variables and secrets of the Worker, by their names. Other bindings are no strings. */
export type WorkerBindings = Readonly<Record<string, unknown>>;

/** The bindings that say how containers with snapshots run. */
export interface ContainerBindings {
  readonly CONTAINER_SNAPSHOT?: string;
  readonly CONTAINER_INSTANCE?: string;
}

/** How containers with snapshots run. */
export interface ContainerSettings {
  /** Whether a container leaves a snapshot of its disk, and starts from it. */
  readonly keepsDisk: boolean;
  /** The size of a container, by its name at Cloudflare. */
  readonly instance: (typeof INSTANCES)[number];
}

/** Settings that say how containers with snapshots run. The Worker itself only checks them. */
export interface WithContainer {
  readonly container: ContainerSettings;
}

/** Adds each wrong setting to `problems`. */
export function parseContainerSettings(env: ContainerBindings, problems: string[]): ContainerSettings {
  const { CONTAINER_SNAPSHOT = "off", CONTAINER_INSTANCE = "standard-1" } = env;
  if (CONTAINER_SNAPSHOT !== "on" && CONTAINER_SNAPSHOT !== "off")
    problems.push(`CONTAINER_SNAPSHOT is ${JSON.stringify(CONTAINER_SNAPSHOT)}; it must be on or off`);
  const instance = INSTANCES.find((name) => name === CONTAINER_INSTANCE);
  if (instance === undefined) {
    const known = `${INSTANCES.slice(0, -1).join(", ")} or ${INSTANCES.at(-1) ?? ""}`;
    problems.push(`CONTAINER_INSTANCE is ${JSON.stringify(CONTAINER_INSTANCE)}; it must be ${known}`);
  }
  return { keepsDisk: CONTAINER_SNAPSHOT === "on", instance: instance ?? "standard-1" };
}

/**
 * The settings of an origin among the Worker's variables and secrets. The secret that both share has two names, and
 * `ORIGIN_SECRET` counts if `CORNICE_ORIGIN_SECRET` is missing.
 */
export function originSettings(env: WorkerBindings): Record<string, string> {
  const { ORIGIN_SECRET } = env;
  const shared = typeof ORIGIN_SECRET === "string" ? { CORNICE_ORIGIN_SECRET: ORIGIN_SECRET } : {};
  const own = Object.entries(env).flatMap(([name, value]): [string, string][] =>
    ORIGIN_SETTING.test(name) && typeof value === "string" ? [[name, value]] : [],
  );
  return { ...shared, ...Object.fromEntries(own) };
}

/** Seconds after its last call until a container may stop: a build goes on when its call has broken off. */
export function sleepAfterS({ BUILD_TIMEOUT }: WorkerBindings): number {
  const given = typeof BUILD_TIMEOUT === "string" ? { BUILD_TIMEOUT } : {};
  return integer(given, "BUILD_TIMEOUT", SHARED_SETTINGS.buildTimeoutS, []) + AFTER_A_BUILD_S;
}
