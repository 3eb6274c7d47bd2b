import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { isJsonObject, type JsonObject } from "../../protocol/json-object.ts";
import { NIX_CAPABILITIES, NIX_UNCONFINED } from "../deploy/nix-privileges.ts";
import { memberAt, objectOf } from "../json.ts";
import { writeTree } from "../origin/fixtures.ts";
import { compose } from "./composed-origin.ts";
import { temporaryDirectory } from "./registry.ts";

/** The services of a profile, as Docker Compose reads them. Throws what Compose has to complain about. */
async function readWith(profile: string): Promise<JsonObject> {
  await using directory = await temporaryDirectory();
  await writeTree(directory.path, { "own.env": "CORNICE_CHANNEL=nixos-25.11\n" });
  const args = ["--profile", profile, "config", "--format", "json"];
  const { stdout, stderr } = await compose(args, { CORNICE_ENV_FILE: join(directory.path, "own.env") });
  if (stderr !== "") throw new Error(stderr);
  const { services } = objectOf(stdout);
  return isJsonObject(services) ? services : {};
}

let nix: JsonObject;
let withoutNix: JsonObject;

beforeAll(async () => {
  nix = await readWith("nix");
  withoutNix = await readWith("without-nix");
});

describe("the compose file", () => {
  it("has the services of each profile", () => {
    expect(Object.keys(nix)).toEqual(["fill-store", "origin"]);
    expect(Object.keys(withoutNix)).toEqual(["origin-without-nix"]);
  });

  it("gives an origin with Nix what it needs, and no more", () => {
    const origin = memberAt(nix, "origin");
    expect(origin).toMatchObject({ cap_drop: ["ALL"], cap_add: NIX_CAPABILITIES, read_only: true });
    const options = NIX_UNCONFINED.map((name) => `${name}=unconfined`);
    expect(memberAt(origin, "security_opt")).toEqual(["no-new-privileges", ...options]);
  });

  it("gives an origin without Nix no privilege", () => {
    const origin = memberAt(withoutNix, "origin-without-nix");
    expect(origin).toMatchObject({ cap_drop: ["ALL"], security_opt: ["no-new-privileges"], read_only: true });
    expect(origin).not.toHaveProperty("cap_add");
  });

  it.each(["origin", "origin-without-nix"])("starts %s with the settings of the file, and probes it", (name) => {
    const origin = memberAt({ ...nix, ...withoutNix }, name);
    expect(memberAt(origin, "environment")).toEqual({ CORNICE_CHANNEL: "nixos-25.11" });
    expect(memberAt(origin, "ports", 0)).toMatchObject({ host_ip: "127.0.0.1", target: 8788 });
    expect(memberAt(origin, "healthcheck", "test")).toEqual(["CMD", "node", "--eval", expect.stringContaining("8788")]);
  });
});
