import { describe, expect, test } from "vitest";
import { sha256Digest } from "../../../protocol/digest.ts";
import type { ImageTrust } from "../../../protocol/web-api.ts";
import { verificationCommands } from "../../../web/image/verification.ts";

const digest = sha256Digest("ab".repeat(32));
const HOST = { name: "registry.example", isPlain: false, needsLogin: false };
const LOCAL = { ...HOST, name: "127.0.0.1:8787", isPlain: true };
const PROVENANCE = { source: "starter" };

function commands(trust: ImageTrust | undefined, host = HOST): Readonly<Record<string, string>> {
  const shown = verificationCommands({ name: "shell/git", tag: "latest", digest, trust }, host);
  return Object.fromEntries(shown.map(({ id, text }) => [id, text]));
}

describe("cosign verifies", () => {
  test("the signature, with the key that the registry publishes", () => {
    expect(commands({ keyIds: ["k"], documents: [] })["cosign"]).toBe(
      `cosign verify --key https://registry.example/keys/cosign.pub --insecure-ignore-tlog registry.example/shell/git@${digest}`,
    );
  });

  test("the provenance", () => {
    expect(commands({ keyIds: ["k"], documents: [], provenance: PROVENANCE })["provenance"]).toBe(
      `cosign verify-attestation --type slsaprovenance1 --key https://registry.example/keys/cosign.pub --insecure-ignore-tlog registry.example/shell/git@${digest}`,
    );
  });

  test("at a registry without TLS", () => {
    expect(commands({ keyIds: ["k"], documents: [] }, LOCAL)["cosign"]).toBe(
      `cosign verify --key http://127.0.0.1:8787/keys/cosign.pub --insecure-ignore-tlog --allow-http-registry 127.0.0.1:8787/shell/git@${digest}`,
    );
  });
});

test.each([
  ["with TLS", HOST, `bin/cornice verify registry.example/shell/git@${digest}`],
  ["on this machine", LOCAL, `bin/cornice verify 127.0.0.1:8787/shell/git@${digest}`],
  [
    "without TLS",
    { ...HOST, isPlain: true },
    `bin/cornice verify --insecure-http registry.example/shell/git@${digest}`,
  ],
])("cornice verifies an image of a registry %s", (_, host, command) => {
  expect(commands({ keyIds: ["k"], documents: [] }, host)["cornice"]).toBe(command);
});

test.each<[what: string, trust: ImageTrust | undefined, ids: string[]]>([
  ["an image without a signature", undefined, ["digest", "skopeo", "crane", "rebuild"]],
  ["documents alone", { keyIds: [], documents: ["spdx"] }, ["digest", "skopeo", "crane", "rebuild"]],
  ["a signature", { keyIds: ["k"], documents: [] }, ["digest", "cosign", "cornice", "skopeo", "crane", "rebuild"]],
  [
    "signed provenance",
    { keyIds: ["k"], documents: ["provenance"], provenance: PROVENANCE },
    ["digest", "cosign", "provenance", "cornice", "skopeo", "crane", "rebuild"],
  ],
])("the commands for %s", (_, trust, ids) => {
  expect(Object.keys(commands(trust))).toEqual(ids);
});
