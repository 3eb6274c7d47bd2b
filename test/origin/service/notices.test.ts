import { Readable } from "node:stream";
import { describe, expect, test, vi } from "vitest";
import type { Notice } from "../../../protocol/notices.ts";
import { signCall } from "../../../protocol/signature.ts";
import { createBuildQueue } from "../../../origin/builds/build-queue.ts";
import { createMetrics } from "../../../origin/metrics/metrics.ts";
import { createServer } from "../../../origin/service/server.ts";
import { createLog } from "../../../origin/system/log.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const NOW_S = 1_700_000_000;

function originWith(...notices: readonly Notice[]) {
  return createServer({
    config: {
      secrets: [SECRET],
      source: { kind: "path", path: "/p", name: "starter", revision: undefined },
      maxPackages: 64,
    },
    queue: createBuildQueue({ run: vi.fn(), onFailure: vi.fn() }),
    openBlob: async () => ({ size: 0, body: Readable.from([]) }),
    log: createLog("json", { log: () => {}, error: () => {} }),
    metrics: createMetrics(() => 0),
    unreadyParts: () => Promise.resolve([]),
    cacheLines: () => [],
    notices: () => notices,
    now: () => NOW_S,
    onDefect: vi.fn(),
  });
}

async function signed(secret: string): Promise<Record<string, string>> {
  const call = { method: "GET", path: "/builds", timestamp: String(NOW_S), body: "" };
  return { "Cornice-Timestamp": call.timestamp, "Cornice-Signature": await signCall(secret, call) };
}

describe("the Worker asks what people should know", () => {
  test.each<[readonly Notice[]]>([[[]], [["low-disk"]]])("and gets %j, which no proxy keeps", async (notices) => {
    const response = await originWith(...notices).request("/builds", { headers: await signed(SECRET) });
    expect([response.status, await response.json()]).toEqual([200, { notices }]);
    expect(response.headers.get("Cache-Control")).toBe("no-store, no-transform");
  });

  test("and nobody else may", async () => {
    for (const headers of [{}, await signed("another secret, just as long as it is")]) {
      const response = await originWith("low-disk").request("/builds", { headers });
      expect(response.status).toBe(401);
      expect(await response.text()).not.toContain("low-disk");
    }
  });
});
