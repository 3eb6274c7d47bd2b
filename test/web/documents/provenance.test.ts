import { describe, expect, test } from "vitest";
import { provenance } from "../../../image/attestations/provenance.ts";
import { PREDICATE_TYPES } from "../../../image/attestations/predicate-types.ts";
import { createBill } from "../../../image/bills/bill.ts";
import { documentJson } from "../../../image/facts/clean-text.ts";
import type { PathOrigin } from "../../../image/attestations/build-facts.ts";
import { parseJson } from "../../../protocol/json-object.ts";
import { parseProvenance } from "../../../web/documents/provenance.ts";
import { GIT, GLIBC, IMAGE, OPENSSL } from "../../image/facts/facts.ts";

const CACHE = { cache: "https://cache.example", key: "cache.example-1" };
const DERIVATION = `${GIT}.drv`;

/** As the page gets it. */
function provenanceOf(origins: readonly PathOrigin[]): unknown {
  const predicate = provenance(createBill(IMAGE), {
    documentation: "https://registry.example/docs",
    builder: { id: "https://registry.example", versions: { cornice: "0.1", nix: "2.18" } },
    source: { name: "channel:nixos-25.11", revision: "0".repeat(40) },
    names: ["git"],
    settings: {},
    origins,
  });
  return parseJson(documentJson({ predicateType: PREDICATE_TYPES.provenance, predicate }));
}

describe("a provenance of Cornice", () => {
  test("says what was asked for, and who built it", () => {
    expect(parseProvenance(provenanceOf([]))).toMatchObject({
      source: "channel:nixos-25.11",
      revision: "0".repeat(40),
      names: ["git"],
      builder: "https://registry.example",
      programs: ["cornice 0.1", "nix 2.18"],
    });
  });

  test("says what came from which cache, with which key, and what was built", () => {
    const read = parseProvenance(
      provenanceOf([
        { kind: "built", path: GIT, derivation: DERIVATION },
        { kind: "cached", path: GLIBC, ...CACHE },
        { kind: "cached", path: OPENSSL, ...CACHE },
      ]),
    );
    expect(read?.fetched).toEqual([{ ...CACHE, paths: [GLIBC, OPENSSL] }]);
    expect(read?.built).toEqual([{ path: GIT, derivation: DERIVATION }]);
    expect(read?.unknown).toEqual([]);
  });

  test("tells paths of different keys apart, and paths of which nothing is known", () => {
    const read = parseProvenance(
      provenanceOf([
        { kind: "cached", path: GLIBC, cache: CACHE.cache },
        { kind: "cached", path: OPENSSL, key: CACHE.key },
      ]),
    );
    expect(read?.fetched).toEqual([
      { cache: CACHE.cache, key: undefined, paths: [GLIBC] },
      { cache: undefined, key: CACHE.key, paths: [OPENSSL] },
    ]);
    expect(read?.unknown).toEqual([GIT]);
  });
});

describe("a hostile provenance", () => {
  const OPEN = { buildDefinition: {}, runDetails: {} };

  test("without its members says nothing", () => {
    expect(parseProvenance({ predicate: OPEN })).toEqual({
      names: [],
      programs: [],
      fetched: [],
      unknown: [],
      built: [],
    });
  });

  test("is text without control characters", () => {
    const externalParameters = { source: "<b>a\u202e\u0007", names: ["x\u001b[2J", 7, "y".repeat(10_000)] };
    const read = parseProvenance({ predicate: { ...OPEN, buildDefinition: { externalParameters } } });
    expect(read).toMatchObject({ source: "<b>a", names: ["x", `${"y".repeat(299)}…`] });
  });

  test("names no path outside of the Nix store", () => {
    const resources = [{ uri: "path:/etc/passwd" }, { uri: "https://x.example/nix/store/y" }, null, {}];
    const predicate = {
      buildDefinition: { resolvedDependencies: resources },
      runDetails: { byproducts: resources },
    };
    expect(parseProvenance({ predicate })).toMatchObject({ unknown: [], built: [] });
  });

  test.each([[null], ["x"], [{}], [{ predicate: {} }], [{ predicate: { ...OPEN, runDetails: 1 } }]])(
    "%j is none",
    (value) => {
      expect(parseProvenance(value)).toBeNull();
    },
  );
});
