import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { parsePrivateKey } from "../../image/signing-keys/private-key.ts";
import { StartError } from "../../start/machine/start-error.ts";
import { localSigningKey } from "../../start/signing-key.ts";
import { containing } from "../matchers.ts";
import { rejection, test } from "../origin/fixtures.ts";

const idAt = async (file: string) => (await parsePrivateKey(await readFile(file, "utf8"))).keyId;

test("the first start makes a key that signs, and only the owner can read it", async ({ directory }) => {
  const file = await localSigningKey(directory);
  expect(await idAt(file)).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test("the key stays the same at the next start", async ({ directory }) => {
  const before = await idAt(await localSigningKey(directory));
  expect(await idAt(await localSigningKey(directory))).toBe(before);
});

test("two machines have different keys", async ({ directory }) => {
  const other = join(directory, "other");
  await mkdir(other);
  expect(await idAt(await localSigningKey(directory))).not.toBe(await idAt(await localSigningKey(other)));
});

test.for(["", "damaged", "-----BEGIN PRIVATE KEY-----\nMIGH"])(
  "a damaged file (%j) is not replaced, and the error says what to do",
  async (text, { directory }) => {
    const file = join(directory, "signing-key.pem");
    await writeFile(file, text);
    const error = await rejection(localSigningKey(directory));
    expect(error).toBeInstanceOf(StartError);
    expect(error).toMatchObject({
      message: containing(`${file} is damaged: bring it back from a backup, or remove it`),
    });
    expect(await readFile(file, "utf8")).toBe(text);
  },
);

test.for(["CORNICE_SIGNING_KEY", "CORNICE_SIGNING_COMMAND"])(
  "a damaged file does not matter if %s names another key",
  async (name, { directory }) => {
    const file = join(directory, "signing-key.pem");
    await writeFile(file, "damaged");
    expect(await localSigningKey(directory, { [name]: "/etc/cornice/other" })).toBe(file);
  },
);
