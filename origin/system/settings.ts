import type { IntegerRange } from "../../protocol/shared-settings.ts";
import { misspeltSettings } from "./known-settings.ts";
import { redactUrls } from "./redact.ts";

/** The process environment, or a part of it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** All problems of the settings, explained to the operator. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join("\n"), options);
    this.problems = problems;
  }
}

/** One tebibyte in MiB. A larger value is probably in another unit. */
const MAX_MEBIBYTES = 1_048_576;

/** Reads settings one by one and collects their problems. So one start shows all problems. */
export class Settings {
  readonly #env: Environment;
  readonly problems: string[];

  constructor(env: Environment) {
    this.#env = env;
    this.problems = misspeltSettings(Object.keys(env));
  }

  /** An empty value counts as unset. */
  optional(name: string): string | undefined {
    return this.#env[name] || undefined;
  }

  /** An empty value differs from an unset one. */
  text(name: string): string | undefined {
    return this.#env[name];
  }

  required(name: string, meaning: string): string {
    const value = this.optional(name);
    if (value === undefined) this.problems.push(`${name} is not set: ${meaning}`);
    return value ?? "";
  }

  integer(name: string, { fallback, min, max }: IntegerRange): number {
    const text = this.optional(name);
    if (text === undefined) return fallback;
    const value = Number(text);
    if (/^\d{1,15}$/.test(text) && value >= min && value <= max) return value;
    this.problems.push(`${name} is ${JSON.stringify(text)}; it must be a whole number from ${min} to ${max}`);
    return fallback;
  }

  /** A size in MiB, at most one tebibyte. */
  mebibytes(name: string, range: Omit<IntegerRange, "max">): number {
    return this.integer(name, { ...range, max: MAX_MEBIBYTES });
  }

  /** The first value is the default. */
  oneOf<const T extends string>(name: string, values: readonly [T, ...T[]]): T {
    const text = this.optional(name) ?? values[0];
    const value = values.find((candidate) => candidate === text);
    if (value !== undefined) return value;
    this.problems.push(`${name} is ${JSON.stringify(text)}; it must be ${values.join(" or ")}`);
    return values[0];
  }

  boolean(name: string, fallback: boolean): boolean {
    const text = this.optional(name);
    if (text === undefined || text === "true" || text === "false")
      return text === undefined ? fallback : text === "true";
    this.problems.push(`${name} is ${JSON.stringify(text)}; it must be true or false`);
    return fallback;
  }

  url(name: string, meaning: string): string {
    return this.#checkUrl(name, this.required(name, meaning));
  }

  optionalUrl(name: string, fallback: string): string {
    return this.#checkUrl(name, this.optional(name) ?? fallback);
  }

  #checkUrl(name: string, text: string): string {
    if (text !== "" && !isHttpUrl(text))
      this.problems.push(`${name} is ${JSON.stringify(redactUrls(text))}; it must be an http or https URL`);
    return text.replace(/\/+$/, "");
  }

  throwIfAny(): void {
    if (this.problems.length > 0) throw new ConfigError([...new Set(this.problems)]);
  }
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
