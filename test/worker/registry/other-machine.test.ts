import { reset } from "cloudflare:test";
import { afterEach, expect, test } from "vitest";
import { startIsolate } from "../client.ts";
import { storeImage, storeTag, tagRecord } from "../images.ts";
import { scriptOrigin, succeed } from "../origin.ts";
import { makeImage, storeInR2 } from "../images.ts";

afterEach(reset);

const docker = (machine: string) =>
  `docker/28.5.2 go/go1.24.8 git-commit/v28 kernel/6.8 os/linux ${machine} UpstreamClient(Docker-Client/28.5.2)`;
const NOTE = "this image is for linux/amd64, but this machine is linux/arm64: pull arm64/shell/git";

/** The headers of three answers for one image: from a store, and then from memory. */
async function answersFor(agent: string, path = "shell/git"): Promise<readonly (string | null)[][]> {
  const image = await storeImage(path);
  const isolate = startIsolate();
  const answers: (string | null)[][] = [];
  for (const method of ["GET", "GET", "HEAD"]) {
    const { headers } = await isolate.settle(`/v2/${path}/manifests/latest`, {
      method,
      headers: { "User-Agent": agent },
    });
    expect(headers.get("Docker-Content-Digest")).toBe(image.oci.digest);
    answers.push([headers.get("Warning"), headers.get("Vary")]);
  }
  return answers;
}

test.each([docker("arch/arm64"), "cri-o/1.31.0 go/go1.23 os/linux arch/arm64"])(
  "a client on another machine gets a warning: %s",
  async (agent) => {
    const answer = [`299 - "${NOTE}"`, "Accept, User-Agent"];
    expect(await answersFor(agent)).toEqual([answer, answer, answer]);
  },
);

test.each([
  ["on the same machine", docker("arch/amd64"), "shell/git"],
  ["that does not tell its machine", "containerd/2.1.4", "shell/git"],
  ["whose machine no image is for", docker("arch/riscv64"), "shell/git"],
  ["that asks for this architecture", docker("arch/arm64"), "amd64/shell/git"],
  ["that asks for another architecture", docker("arch/amd64"), "arm64/shell/git"],
  ["whose User-Agent is too long", `${"x".repeat(600)} ${docker("arch/arm64")}`, "shell/git"],
])("a client gets no warning: %s", async (_, agent, path) => {
  const answer = [null, "Accept, User-Agent"];
  expect(await answersFor(agent, path)).toEqual([answer, answer, answer]);
});

test("the answer of a build has the warning, too", async () => {
  const image = await makeImage("jq");
  await storeInR2(image);
  await scriptOrigin("jq", succeed(image));
  const headers = { "User-Agent": docker("arch/arm64") };
  const answer = await startIsolate().settle("/v2/jq/manifests/latest", { headers });
  expect(answer.headers.get("Warning")).toContain("pull arm64/jq");
});

test("two notes are one warning", async () => {
  const image = await storeImage("shell/git");
  await storeTag("shell/git", tagRecord(image, 2 * 3600));
  const headers = { "User-Agent": docker("arch/arm64") };
  const answer = await startIsolate({ TAG_FRESHNESS_S: "86400" }).settle("/v2/shell/git/manifests/latest", { headers });
  expect(answer.headers.get("Warning")).toMatch(
    /^299 - "this image is for [^"]*; latest was last looked up at [^"]*"$/,
  );
});
