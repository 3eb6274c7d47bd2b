import { reset } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { containing } from "../matchers.ts";
import { callWorker, HOST } from "./client.ts";
import { buildKeyOf, heartbeats, scriptOrigin, sendEvents } from "./origin.ts";

/** containerd, Docker's containerd store and buildkit cut the reason phrase after as many characters. */
const MAX_LENGTH = 240;
const CONTAINERD = { "User-Agent": "containerd/2.1.4" };
const LONG_NAME = `a${"-long".repeat(40)}`;
/** With a longer host there is no room for the address of a build and for a text. */
const LONG_HOST = `https://${"long.".repeat(12)}example`;

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

/** Twenty lines of a log, as long as the origin leaves them. The line before the last says what is wrong. */
const LOG = [
  ...Array.from({ length: 18 }, (_, index) => `checking for line ${index} ${"x".repeat(180)}`),
  "src/main.c:3:5: error: unknown type name 'foo'",
  "make: *** [Makefile:10: main.o] Error 1",
];

function failure(name: string): string {
  const problem = `building ${name} failed: builder for failing-1.2 failed with exit code 2`;
  return `${problem}; the last lines of its log:\n${LOG.join("\n")}`;
}

async function failBuild(name: string, host: string): Promise<Response> {
  const events = [{ event: "queued" }, { event: "phase", phase: "realise" }, { event: "log", line: "x" }] as const;
  const end = { event: "error", code: "MANIFEST_UNKNOWN", message: failure(name) } as const;
  await scriptOrigin(name, sendEvents(...events, end));
  return callWorker({}, `${host}/v2/${name}/manifests/latest`, { headers: CONTAINERD }).response;
}

describe("a build that failed: the sentence, the line that says why, and the whole address of the build", () => {
  test.each([
    [
      "a short name and host",
      "phrased",
      HOST,
      /^building phrased failed: builder for failing-1\.2 failed with exit code 2: /,
    ],
    ["a long name", LONG_NAME, HOST, /^building a-long-\S*\.\.\.\S* failed: builder for failing-1\.2 failed with/],
    ["a long host", "phrased", LONG_HOST, /^building phrased failed: builder/],
    ["a long name and host", LONG_NAME, LONG_HOST, /^building a-long-\S*\.\.\.\S* failed/],
  ])("%s", async (_, name, host, sentence) => {
    const { statusText, status } = await failBuild(name, host);
    expect(status).toBe(403);
    expect(statusText).toMatch(sentence);
    expect(statusText).toContain("error: unknown");
    expect(statusText.endsWith(` ${host}/builds/${await buildKeyOf(name)}`)).toBe(true);
    expect(statusText.length).toBeLessThanOrEqual(MAX_LENGTH);
  });

  test("an address that leaves no room for a text is left out as a whole", async () => {
    const host = `https://${"long.".repeat(30)}example`;
    const { statusText } = await failBuild("phrased", host);
    expect(statusText).toContain("src/main.c:3:5: error: unknown type name 'foo'");
    expect(statusText).not.toContain("http");
    expect(statusText.length).toBeLessThanOrEqual(MAX_LENGTH);
  });

  test("the body has all lines, for clients that print it", async () => {
    const response = await failBuild("phrased", HOST);
    const page = `${HOST}/builds/${await buildKeyOf("phrased")}`;
    expect(await response.json()).toMatchObject({
      errors: [{ message: `${failure("phrased")}\nthe build's log: ${page}` }],
    });
  });
});

test.each([HOST, LONG_HOST])("a build that takes too long, at %s: the whole address", async (host) => {
  await scriptOrigin(LONG_NAME, { steps: heartbeats(10, 1000) });
  const path = `${host}/v2/${LONG_NAME}/manifests/latest?hop=9`;
  const { status, statusText } = await callWorker({ MANIFEST_HOLD: "1" }, path, { headers: CONTAINERD }).response;
  expect(status).toBe(429);
  expect(statusText).toBe(`the image is still being built; see ${host}/builds/${await buildKeyOf(LONG_NAME)}`);
});

test("a name with near matches: the near matches", async () => {
  const message = `no such package: ${LONG_NAME}; did you mean ${LONG_NAME}b or ripgrep?`;
  await scriptOrigin("phrased", sendEvents({ event: "queued" }, { event: "error", code: "MANIFEST_UNKNOWN", message }));
  const response = await callWorker({}, "/v2/phrased/manifests/latest", { headers: CONTAINERD }).response;
  expect(response.statusText).toMatch(/^no such package: \S+; did you mean \S+ or ripgrep\?$/);
  expect(await response.json()).toMatchObject({ errors: [{ message: containing(LONG_NAME) }] });
});
