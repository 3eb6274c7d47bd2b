import { SHARED_SETTINGS } from "../../protocol/shared-settings.ts";
import { integer } from "../requests/integer-setting.ts";

/** The beginnings of the names of an origin's settings: docs/settings.md. */
const ORIGIN_SETTING = /^(?:CORNICE|R2|KV|NIX)_/;
/** Seconds. The origin writes bundles and signatures behind the answer. */
const AFTER_A_BUILD_S = 600;

/** The variables and secrets of the Worker, by their names. Other bindings are no strings. */
export type WorkerBindings = Readonly<Record<string, unknown>>;

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
