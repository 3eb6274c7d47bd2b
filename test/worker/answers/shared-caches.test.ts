import { reset } from "cloudflare:test";
import { inspectRoutes } from "hono/dev";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { OciErrorStatus } from "../../../protocol/oci-error.ts";
import { routes } from "../../../worker/entrance.ts";
import type { Bindings } from "../../../worker/settings.ts";
import { basic, restricted } from "../access/users.ts";
import { spyOnLog } from "../failure-log.ts";
import { keyAnswers, OPERATOR_ANSWERS, registryAnswers, TOKEN_ANSWERS } from "./registry-answers.ts";
import { actualCaching, expectedCaching, type RouteAnswers } from "./route-answers.ts";
import { siteAnswers } from "./site-answers.ts";

/** Some cases wait for builds that take seconds. */
const TIMEOUT_MS = 60_000;
const ENDPOINTS = ["version", "catalog", "tag", "manifest", "blob", "referrers", "tag list"] as const;
const ROUTES = inspectRoutes(routes)
  .filter(({ isMiddleware }) => !isMiddleware)
  .map(({ method, path }) => `${method} ${path}`);
const OTHER_ROUTES = ROUTES.filter((route) => route !== "ALL /v2/*");

/** All errors of the Worker. The compiler asks for an entry for each status. */
const ERRORS: Record<OciErrorStatus, true> = {
  400: true,
  401: true,
  403: true,
  404: true,
  405: true,
  416: true,
  429: true,
  500: true,
  503: true,
};
/** The statuses that the Worker's sources name, such as `status: 206`. */
const SOURCES = import.meta.glob("../../../worker/**/*.ts", { query: "?raw", import: "default", eager: true });
const NAMED = Object.values(SOURCES).flatMap((text) => [...text.matchAll(/\bstatus(?:: | = )(\d{3})\b/g)]);

let registry: Awaited<ReturnType<typeof registryAnswers>>;
let others: Readonly<Record<string, RouteAnswers>>;

beforeAll(async () => {
  registry = await registryAnswers();
  others = {
    ...(await siteAnswers()),
    "ALL /token": TOKEN_ANSWERS,
    "ALL /keys/cosign.pub": await keyAnswers(),
    ...OPERATOR_ANSWERS,
  };
});

beforeEach(() => {
  spyOnLog();
});

afterAll(async () => {
  vi.restoreAllMocks();
  await reset();
});

type Table = Readonly<Record<string, { readonly status: number }>>;

describe("the table of answers", () => {
  test("has every route, and no other", () => {
    expect(Object.keys(others).toSorted()).toEqual(OTHER_ROUTES.toSorted());
    expect(Object.keys(registry).toSorted()).toEqual(ENDPOINTS.toSorted());
  });

  test("has every status that the Worker gives", () => {
    const tables: readonly Table[] = [...Object.values(registry), ...Object.values(others), REFUSALS];
    const statuses = new Set(tables.flatMap((table) => Object.values(table)).map(({ status }) => String(status)));
    const given = new Set([...Object.keys(ERRORS), ...NAMED.map(([, status = ""]) => status)]);
    expect([...statuses].toSorted()).toEqual([...given].toSorted());
  });
});

describe("the answers say what a shared cache may do with them", () => {
  test.each(ENDPOINTS)("of the endpoint %s", { timeout: TIMEOUT_MS }, async (kind) => {
    expect(await actualCaching(registry[kind])).toEqual(expectedCaching(registry[kind]));
  });

  test.each(OTHER_ROUTES)("of %s", async (route) => {
    const answers = others[route] ?? {};
    expect(await actualCaching(answers)).toEqual(expectedCaching(answers));
  });
});

describe("nothing of a registry with users is kept for others", () => {
  const CALLERS: readonly [who: string, settings: Partial<Bindings>, headers: Record<string, string>][] = [
    ["a user", restricted("basic"), { Authorization: basic("alice", "wonderland") }],
    ["a guest", restricted("basic", "kept"), {}],
  ];
  const CASES = CALLERS.flatMap(([who, ...more]) => ENDPOINTS.map((kind) => [who, kind, ...more] as const));

  test.each(CASES)("for %s, of the endpoint %s", { timeout: TIMEOUT_MS }, async (who, kind, settings, headers) => {
    const actual = await actualCaching(registry[kind], { settings, headers });
    if (who === "a user") expect(actual).toEqual(expectedCaching(registry[kind], true));
    for (const [, caching] of Object.values(actual)) expect(caching).toMatch(/^(?:private, |no-store$)/);
  });
});

/** A limit that every request exceeds, and a limit with a defect. */
const EXCEEDED: RateLimit = { limit: async () => ({ success: false }) };
const DEFECT: RateLimit = {
  limit: () => {
    throw new TypeError("a defect");
  },
};

/** Answers that each route can give. */
const REFUSALS: Readonly<Record<string, { settings: Partial<Bindings>; status: OciErrorStatus }>> = {
  "too many requests": { settings: { PULL_LIMIT: EXCEEDED }, status: 429 },
  "a wrong setting": { settings: { MAX_PACKAGES: "many" }, status: 503 },
  "a defect": { settings: { PULL_LIMIT: DEFECT }, status: 500 },
};

describe.each(Object.entries(REFUSALS))("no cache keeps %s", (_, { settings, status }) => {
  const refused = { settings, headers: { "CF-Connecting-IP": "192.0.2.1" } };

  test("of any route", async () => {
    const tables = { ...registry, ...others };
    for (const [route, table] of Object.entries(tables)) {
      const [first] = Object.values(table);
      const answers = first && { [route]: { ...first, status } };
      expect(await actualCaching(answers ?? {}, refused)).toEqual({ [route]: [status, "no-store", null] });
    }
  });
});

test.each(["/v3/", "/v2x", "/nothing"])("no cache keeps that nothing is at %s", async (path) => {
  expect(await actualCaching({ [path]: { path, status: 404 } })).toEqual({ [path]: [404, "no-store", null] });
});
