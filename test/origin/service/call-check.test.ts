import { describe, expect, test } from "vitest";
import { checkCall } from "../../../origin/service/call-check.ts";
import { signCall } from "../../../protocol/signature.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const PREVIOUS = "fedcba9876543210fedcba9876543210";
const NOW = 1_700_000_000;
const BODY = '{"source":"starter"}';

interface Signed {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
  readonly secret?: string;
  readonly timestamp?: number;
}

async function sign({ method = "POST", path = "/builds", body = BODY, secret = SECRET, timestamp = NOW }: Signed) {
  const call = { method, path, timestamp: String(timestamp), body };
  return { "Cornice-Timestamp": call.timestamp, "Cornice-Signature": await signCall(secret, call) };
}

function check(headers: Readonly<Record<string, string>>): Promise<void> {
  const request = new Request("http://127.0.0.1:8788/builds", { method: "POST", headers });
  return checkCall(request, BODY, [SECRET, PREVIOUS], NOW);
}

describe("a call is accepted", () => {
  test.each<[string, Signed]>([
    ["signed now", {}],
    ["signed 300 seconds ago", { timestamp: NOW - 300 }],
    ["signed in 300 seconds", { timestamp: NOW + 300 }],
    ["signed with the previous key", { secret: PREVIOUS }],
  ])("%s", async (_, signed) => {
    await check(await sign(signed));
  });
});

describe("a call is refused with 401", () => {
  const missing = "the call is not signed: Cornice-Timestamp and Cornice-Signature are required";
  const expired = "the call's timestamp is more than five minutes off; check the clocks of both sides";
  const wrong = "the signature is wrong; ORIGIN_SECRET of the Worker and CORNICE_ORIGIN_SECRET must be equal";

  test.each<[string, () => Promise<Record<string, string>>, string]>([
    ["unsigned", async () => ({}), missing],
    ["without a timestamp", async () => ({ ...(await sign({})), "Cornice-Timestamp": "" }), missing],
    ["with a malformed signature", async () => ({ ...(await sign({})), "Cornice-Signature": "x" }), missing],
    ["301 seconds old", () => sign({ timestamp: NOW - 301 }), expired],
    ["301 seconds ahead", () => sign({ timestamp: NOW + 301 }), expired],
    ["signed with another secret", () => sign({ secret: `${SECRET}x` }), wrong],
    ["signed for another body", () => sign({ body: `${BODY} ` }), wrong],
    ["signed for another path", () => sign({ path: "/builds?x" }), wrong],
    ["signed for another method", () => sign({ method: "GET" }), wrong],
    ["signed for another time", async () => ({ ...(await sign({})), "Cornice-Timestamp": String(NOW + 1) }), wrong],
  ])("%s", async (_, headers, message) => {
    await expect(check(await headers())).rejects.toMatchObject({ status: 401, code: "UNAUTHORIZED", message });
  });
});
