import { expect, it, vi } from "vitest";
import { handOvers } from "../../../bench/assembly/hand-overs.ts";
import { newTrace } from "../../../protocol/trace-context.ts";
import { logHandOver } from "../../../worker/requests/debug-log.ts";

it("finds the reasons among the lines that the Worker logs", () => {
  const lines: string[] = [
    "Cornice serves http://127.0.0.1:8787",
    '{"level":"debug","message":"tier","name":"kv"}',
    "",
  ];
  const log = vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  const image = { source: "starter", tag: "latest", architecture: "amd64", packages: ["git", "jq"] } as const;
  logHandOver({ logLevel: "debug" }, { image, trace: newTrace() }, "git has no bundle");
  log.mockRestore();
  expect(handOvers(lines.join("\n"))).toEqual([{ image: "git/jq", reason: "git has no bundle" }]);
});
