import { expect, test } from "vitest";
import { statement, statementArtifact } from "../../../image/referrers/statement.ts";
import { digestOfDigit, manifestOf } from "./documents.ts";

const TYPE = "https://slsa.dev/provenance/v1";

test("the statement is fixed to the byte, and its predicate keeps its order", async () => {
  const made = await statement({
    subjects: [{ name: "registry.example/git", digest: digestOfDigit("a") }, { digest: digestOfDigit("b") }],
    predicateType: TYPE,
    predicate: { z: 1, a: ["é"] },
  });
  expect(made).toMatchObject({ mediaType: "application/vnd.in-toto+json", predicateType: TYPE });
  expect(made.json).toBe(
    `{"_type":"https://in-toto.io/Statement/v1","subject":[` +
      `{"name":"registry.example/git","digest":{"sha256":"${"a".repeat(64)}"}},{"digest":{"sha256":"${"b".repeat(64)}"}}],` +
      `"predicateType":"${TYPE}","predicate":{"z":1,"a":["é"]}}`,
  );
});

test("the size counts bytes, not characters", async () => {
  const input = { subjects: [{ digest: digestOfDigit("a") }] as const, predicateType: TYPE };
  const [ascii, accented] = await Promise.all([
    statement({ ...input, predicate: { a: "e" } }),
    statement({ ...input, predicate: { a: "é" } }),
  ]);
  expect(accented.size - ascii.size).toBe(1);
});

test("as a referrer, it tells its predicate type", async () => {
  const made = await statement({ subjects: [{ digest: digestOfDigit("a") }], predicateType: TYPE, predicate: {} });
  const { entry, blobs } = await statementArtifact(manifestOf("a"), made);
  expect(entry).toMatchObject({
    artifactType: "application/vnd.in-toto+json",
    annotations: { "in-toto.io/predicate-type": TYPE },
  });
  expect(blobs.map(({ digest }) => digest)).toContain(made.digest);
});
