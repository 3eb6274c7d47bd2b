import type { Bindings } from "../../../worker/settings.ts";
import { startIsolate } from "../client.ts";

/** An answer that a route can give. */
export interface RouteAnswer {
  readonly path: string;
  readonly init?: RequestInit;
  readonly settings?: Partial<Bindings>;
  readonly status: number;
  /** What a cache may do with the answer. Without it, no cache may keep the answer. */
  readonly kept?: Kept;
  /** The isolate has just given the same answer. */
  readonly again?: true;
}

interface Kept {
  readonly by: "all" | "client";
  /** The directives behind `public` or `private`. */
  readonly how: string;
  readonly vary?: string;
}

/** Answers by what is special about them. */
export type RouteAnswers = Readonly<Record<string, RouteAnswer>>;

/** The status, `Cache-Control` and `Vary` of an answer. */
export type Caching = readonly [status: number, cacheControl: string | null, vary: string | null];

/** What the table says about each answer. In a registry with users, the client alone keeps answers. */
export function expectedCaching(answers: RouteAnswers, hasUsers = false): Record<string, Caching> {
  return mapValues(answers, ({ status, kept }) => {
    if (!kept) return [status, "no-store", null];
    return [status, `${kept.by === "all" && !hasUsers ? "public" : "private"}, ${kept.how}`, kept.vary ?? null];
  });
}

/** What the Worker says. `more` are settings and headers that all requests have in addition. */
export async function actualCaching(
  answers: RouteAnswers,
  more: { readonly settings?: Partial<Bindings>; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Record<string, Caching>> {
  const asked = Object.entries(answers).map(async ([title, { path, init, settings, again }]) => {
    const isolate = startIsolate({ ...settings, ...more.settings });
    const headers = new Headers({ ...Object.fromEntries(new Headers(init?.headers)), ...more.headers });
    const ask = () => isolate.settle(path, { ...init, headers });
    if (again) await ask();
    return [title, cachingOf(await ask())] as const;
  });
  return Object.fromEntries(await Promise.all(asked));
}

/** `Vary` means nothing for an answer that no cache keeps. */
function cachingOf({ status, headers }: Response): Caching {
  const caching = headers.get("Cache-Control");
  return [status, caching, caching === "no-store" ? null : headers.get("Vary")];
}

function mapValues<T, U>(values: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}
