import { isJsonObject, isListOf } from "./json-object.ts";

/**
 * The path at which the Worker says what it sees of its deployment. The call is a POST, signed like build calls, with a
 * `DeploymentProbe` as JSON. The answer is an `EdgeReport`.
 */
export const DEPLOYMENT_CHECK_PATH = "/deployment-check";

/** R2: the last value that a check of the deployment has put there. It is overwritten by the next check. */
export const PROBE_KEY = "probe";

/** KV: the value of a check, for a minute. No earlier reader has seen the key, so no cache knows it. */
export function probeCacheKey(value: string): string {
  return `${PROBE_KEY}/${value}`;
}

/** What the caller has just put into both stores. */
export interface DeploymentProbe {
  /** 32 hexadecimal digits. */
  readonly value: string;
}

/** Whether the Worker sees the caller's value. `other`: there is an older one. */
export type Sight = (typeof SIGHTS)[number];
const SIGHTS = ["same", "other", "missing", "failed"] as const;

/** What became of a signed call to an origin that changes nothing. */
export type OriginAnswer = (typeof ANSWERS)[number];
const ANSWERS = ["accepted", "refused", "failed"] as const;

export interface OriginReport {
  readonly url: string;
  readonly answer: OriginAnswer;
  /** The status and the beginning of the answer, or why there is none. */
  readonly detail: string;
  /** Undefined if the origin does not say. */
  readonly release?: string | undefined;
}

/** The deployment as the Worker sees it. */
export interface EdgeReport {
  readonly release: string;
  /** The Worker's clock; milliseconds since the epoch. */
  readonly nowMs: number;
  /** Of its settings. With problems, it serves nobody. */
  readonly problems: readonly string[];
  readonly packageSource: string;
  readonly platforms: readonly string[];
  /** The names of the rate limits that it does not have. */
  readonly missingLimits: readonly string[];
  readonly r2: Sight;
  readonly kv: Sight;
  readonly origins: readonly OriginReport[];
}

const VALUE = /^[0-9a-f]{32}$/;
/** Reports of older and newer releases are read, too, so there is no version. */
const MAX_TEXTS = 100;
const MAX_TEXT_LENGTH = 4096;

/** Undefined if it is no whole probe. */
export function parseProbe(value: unknown): DeploymentProbe | undefined {
  const text = isJsonObject(value) ? value["value"] : undefined;
  return typeof text === "string" && VALUE.test(text) ? { value: text } : undefined;
}

/** Undefined if it is no whole report. Members that this release does not know are left out. */
export function parseEdgeReport(value: unknown): EdgeReport | undefined {
  if (!isJsonObject(value)) return undefined;
  const { release, nowMs, problems, packageSource, platforms, missingLimits, origins } = value;
  const r2 = SIGHTS.find((sight) => sight === value["r2"]);
  const kv = SIGHTS.find((sight) => sight === value["kv"]);
  if (!isText(release) || typeof nowMs !== "number" || !isText(packageSource) || !r2 || !kv) return undefined;
  if (!isTexts(problems) || !isTexts(platforms) || !isTexts(missingLimits) || !Array.isArray(origins)) return undefined;
  const parsed = origins.slice(0, MAX_TEXTS).map(parseOrigin);
  const whole = parsed.filter((origin) => origin !== undefined);
  if (whole.length < parsed.length) return undefined;
  return { release, nowMs, problems, packageSource, platforms, missingLimits, r2, kv, origins: whole };
}

function parseOrigin(value: unknown): OriginReport | undefined {
  if (!isJsonObject(value)) return undefined;
  const { url, detail, release } = value;
  const answer = ANSWERS.find((each) => each === value["answer"]);
  if (!isText(url) || !isText(detail) || !answer) return undefined;
  return { url, answer, detail, ...(isText(release) && { release }) };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_TEXT_LENGTH;
}

function isTexts(value: unknown): value is readonly string[] {
  return isListOf(value, isText) && value.length <= MAX_TEXTS;
}
