import { chmod, writeFile } from "node:fs/promises";
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { generatePrivateKey, parsePrivateKey } from "../../../image/signing-keys/private-key.ts";
import { parsePublicKeys } from "../../../image/signing-keys/public-key.ts";
import { publishPublicKeys } from "../../../origin/trust/publish-public-keys.ts";
import { parseTrust } from "../../../origin/trust/settings.ts";
import { readSigningKeys } from "../../../origin/trust/signing-keys.ts";
import { Settings, type Environment } from "../../../origin/system/settings.ts";
import { PUBLIC_KEYS_KEY } from "../../../protocol/storage-keys.ts";
import { containing } from "../../matchers.ts";
import { rejection, test } from "../fixtures.ts";
import { countStore } from "../stores/counted-store.ts";
import { createMemoryStore } from "../stores/memory-store.ts";
import { mustRead } from "./read-attached.ts";
import { KEY, NEXT_KEY } from "./trusted-images.ts";

const [PEM, OTHER_PEM] = await Promise.all([generatePrivateKey(), generatePrivateKey()]);
const idOf = async (pem: string) => (await parsePrivateKey(pem)).keyId;

function problemsOf(env: Environment): readonly string[] {
  const settings = new Settings(env);
  parseTrust(settings);
  return settings.problems;
}

async function readKeys(env: Environment) {
  const keys = await readSigningKeys(parseTrust(new Settings(env)), {});
  return keys?.map(({ keyId }) => keyId);
}

describe("the settings", () => {
  test.for([
    ["no setting", {}],
    ["a path", { CORNICE_SIGNING_KEY: "/run/key.pem" }],
    ["a key", { CORNICE_SIGNING_KEY: PEM }],
    [
      "a command with arguments",
      { CORNICE_SIGNING_COMMAND: "/bin/sign --fast", CORNICE_SIGNING_PUBLIC_KEY: "/run/pub" },
    ],
    ["two keys", { CORNICE_SIGNING_KEY: PEM, CORNICE_SIGNING_KEY_PREVIOUS: "/run/key.pem" }],
  ] as const)("may have %s", ([, env]) => {
    expect(problemsOf(env)).toEqual([]);
  });

  test("refuse a relative path, and do not repeat it: it may be a part of a key", () => {
    const problems = problemsOf({ CORNICE_SIGNING_KEY: "MIGHAgEAMBMG" });
    expect(problems).toEqual([
      "CORNICE_SIGNING_KEY must be a private key in PEM, or the absolute path of a file with one",
    ]);
  });

  test("refuse a former key without a current one", () => {
    const problems = problemsOf({ CORNICE_SIGNING_KEY_PREVIOUS: "/run/key.pem" });
    expect(problems).toEqual([
      "CORNICE_SIGNING_KEY_PREVIOUS is set without CORNICE_SIGNING_KEY and CORNICE_SIGNING_COMMAND",
    ]);
  });

  test.for([
    ["a command without its public key", { CORNICE_SIGNING_COMMAND: "sign" }, "need each other"],
    ["a public key without a command", { CORNICE_SIGNING_PUBLIC_KEY: "/run/pub" }, "need each other"],
    ["a public key in no form", { CORNICE_SIGNING_COMMAND: "sign", CORNICE_SIGNING_PUBLIC_KEY: "pub" }, "a public key"],
    [
      "a key beside a command",
      { CORNICE_SIGNING_KEY: PEM, CORNICE_SIGNING_COMMAND: "sign", CORNICE_SIGNING_PUBLIC_KEY: "/run/pub" },
      "are both set",
    ],
  ] as const)("refuse %s", ([, env, words]) => {
    expect(problemsOf(env)).toEqual([containing(words)]);
  });

  test("refuse an address of the registry that is none", () => {
    expect(problemsOf({ CORNICE_REGISTRY_URL: "registry.example" })).toEqual([containing("CORNICE_REGISTRY_URL")]);
    const { registryUrl } = parseTrust(new Settings({ CORNICE_REGISTRY_URL: "https://registry.example/" }));
    expect(registryUrl).toBe("https://registry.example");
  });
});

describe("the keys", () => {
  test("without a setting, there is none", async () => {
    expect(await readKeys({})).toBeUndefined();
  });

  test("of both settings are read, the current one first", async ({ directory }) => {
    const file = join(directory, "key.pem");
    await writeFile(file, OTHER_PEM, { mode: 0o600 });
    const env = { CORNICE_SIGNING_KEY: PEM, CORNICE_SIGNING_KEY_PREVIOUS: file };
    expect(await readKeys(env)).toEqual([await idOf(PEM), await idOf(OTHER_PEM)]);
  });

  test("a command has the key of its public half, and the former key may be a file", async ({ directory }) => {
    const file = join(directory, "key.pem");
    await writeFile(file, OTHER_PEM, { mode: 0o600 });
    const command = { CORNICE_SIGNING_COMMAND: "sign", CORNICE_SIGNING_PUBLIC_KEY: KEY.publicKey.pem };
    expect(await readKeys({ ...command, CORNICE_SIGNING_KEY_PREVIOUS: file })).toEqual([
      KEY.keyId,
      await idOf(OTHER_PEM),
    ]);
  });

  test.for([
    ["missing", "/gone.pem", "ENOENT"],
    ["a private one", PEM, "a PUBLIC KEY is needed"],
    ["two keys", KEY.publicKey.pem + NEXT_KEY.publicKey.pem, "exactly one"],
  ] as const)("a public key that is %s stops the start with words", async ([, value, words]) => {
    const error = await rejection(readKeys({ CORNICE_SIGNING_COMMAND: "sign", CORNICE_SIGNING_PUBLIC_KEY: value }));
    expect(error).toMatchObject({ name: "ConfigError", message: containing("CORNICE_SIGNING_PUBLIC_KEY: ") });
    expect(error).toMatchObject({ message: containing(words) });
  });

  test("that are equal sign once", async () => {
    expect(await readKeys({ CORNICE_SIGNING_KEY: PEM, CORNICE_SIGNING_KEY_PREVIOUS: PEM })).toEqual([await idOf(PEM)]);
  });

  const pemOf = (curve: string) => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: curve });
    return privateKey.export({ type: "pkcs8", format: "pem" });
  };
  const encrypted = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: "secret",
  });

  test.for([
    ["missing", undefined, "ENOENT"],
    ["empty", "", "no PKCS#8 key in PEM"],
    ["encrypted", String(encrypted), "encrypted"],
    ["on another curve", String(pemOf("P-384")), "not on the curve P-256"],
    ["public", KEY.publicKey.pem, "the public half"],
  ] as const)("in a file that is %s stop the start with words", async ([, text, words], { directory }) => {
    const file = join(directory, "key.pem");
    if (text !== undefined) await writeFile(file, text, { mode: 0o600 });
    const error = await rejection(readKeys({ CORNICE_SIGNING_KEY: file }));
    expect(error).toMatchObject({ name: "ConfigError", message: containing(words) });
    expect(error).toMatchObject({ message: containing("CORNICE_SIGNING_KEY: ") });
  });

  test("must not be open to other users", async ({ directory }) => {
    const file = join(directory, "key.pem");
    await writeFile(file, PEM);
    await chmod(file, 0o644);
    const error = await rejection(readKeys({ CORNICE_SIGNING_KEY: file }));
    expect(error).toMatchObject({
      message: `CORNICE_SIGNING_KEY: other users may read ${file}; take it from them with "chmod 600 ${file}"`,
    });
  });

  test("are all checked before the start fails, and no message has a part of a key", async () => {
    const broken = PEM.replaceAll(/^M.{20}/gm, "MAAAAAAAAAAAAAAAAAAAA");
    const error = await rejection(readKeys({ CORNICE_SIGNING_KEY: broken, CORNICE_SIGNING_KEY_PREVIOUS: "/gone" }));
    expect(error).toMatchObject({ problems: [containing("CORNICE_SIGNING_KEY: "), containing("_PREVIOUS: ENOENT")] });
    for (const line of broken.split("\n").filter((each) => each.length > 40)) expect(String(error)).not.toContain(line);
  });
});

describe("the public keys", () => {
  test("are published, the current one first", async () => {
    const store = createMemoryStore();
    await publishPublicKeys(store, [KEY, NEXT_KEY]);
    const published = await parsePublicKeys(await mustRead(store, PUBLIC_KEYS_KEY));
    expect(published.map(({ id }) => id)).toEqual([KEY.keyId, NEXT_KEY.keyId]);
  });

  test("are written only if the store has others", async () => {
    const { store, counts } = countStore(createMemoryStore());
    for (const keys of [[KEY], [KEY], [NEXT_KEY], [NEXT_KEY]] as const) await publishPublicKeys(store, keys);
    expect(counts.writes).toBe(2);
  });
});
