import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { toBase64 } from "../../../image/signing-keys/base64.ts";
import { commandSigner } from "../../../origin/trust/command-signer.ts";
import { trySigning } from "../../../origin/trust/try-signing.ts";
import { digestHex, digestOf } from "../../../protocol/digest.ts";
import { containing, matching } from "../../matchers.ts";
import { rejection, test } from "../fixtures.ts";
import { KEY, NEXT_KEY } from "./trusted-images.ts";

const BYTES = Uint8Array.from([1, 2, 3]);
const DIGEST = digestHex(await digestOf(BYTES));

/** A signer whose command is a program of Node. */
async function signerOf(directory: string, program: string, ...args: readonly string[]) {
  const file = join(directory, "sign.mjs");
  await writeFile(
    file,
    `import { buffer } from "node:stream/consumers";\nconst digest = await buffer(process.stdin);\n${program}`,
  );
  return commandSigner({ file: process.execPath, args: [file, ...args], env: { NAME: "value" } }, KEY.publicKey);
}

/** Answers only for the right digest, as a key service would. */
const SIGNATURE = toBase64(await KEY.sign(BYTES));
const BY_ANOTHER_KEY = toBase64(await NEXT_KEY.sign(BYTES));
const OF_OTHER_BYTES = toBase64(await KEY.sign(Uint8Array.from([4])));
const SIGNING = `if (digest.toString("hex") === "${DIGEST}") console.log("${SIGNATURE}");`;

describe("a signing command", () => {
  test("gets the SHA-256 of the bytes, and prints a signature as DER in base64", async ({ directory }) => {
    const signer = await signerOf(directory, SIGNING);
    expect(signer.keyId).toBe(KEY.keyId);
    expect(await KEY.publicKey.verifies(BYTES, await signer.sign(BYTES))).toBe(true);
  });

  test("may print the signature in several lines", async ({ directory }) => {
    const signer = await signerOf(directory, `console.log("${SIGNATURE.slice(0, 40)}\\n${SIGNATURE.slice(40)} ");`);
    expect(await KEY.publicKey.verifies(BYTES, await signer.sign(BYTES))).toBe(true);
  });

  test("gets its arguments and its environment alone", async ({ directory }) => {
    const program = `console.error(JSON.stringify([process.argv.slice(2), process.env.NAME, process.env.HOME])); process.exit(1);`;
    const error = await rejection((await signerOf(directory, program, "--key", "a b")).sign(BYTES));
    expect(error).toMatchObject({ message: containing('[["--key","a b"],"value",null]') });
  });

  test.for([
    ["by another key", `console.log("${BY_ANOTHER_KEY}");`, "signs with another key"],
    ["of other bytes", `console.log("${OF_OTHER_BYTES}");`, "signs with another key"],
    ["that is not base64", `console.log("MEUCIQ!!");`, "did not print"],
    ["that is no DER", `console.log("AAAA");`, "did not print"],
    ["that is missing", "", "did not print"],
  ] as const)("must not print a signature %s", async ([, program, words], { directory }) => {
    const error = await rejection((await signerOf(directory, program)).sign(BYTES));
    expect(error).toMatchObject({ name: "WrongSignature", message: containing(words) });
  });

  test("that prints without end is stopped", async ({ directory }) => {
    const program = 'process.stdout.write("A".repeat(1 << 20)); setInterval(() => {}, 1000);';
    const error = await rejection((await signerOf(directory, program)).sign(BYTES));
    expect(error).toMatchObject({ name: "CommandError", message: matching(/printed a line of more than/) });
  });

  test("that fails is an error with its last words", async ({ directory }) => {
    const program = 'console.error("AccessDenied: no such key"); process.exit(3);';
    const error = await rejection((await signerOf(directory, program)).sign(BYTES));
    expect(error).toMatchObject({ name: "CommandError", message: matching(/exit code 3: AccessDenied: no such key$/) });
  });

  test("that does not exist is an error", async () => {
    const signer = commandSigner({ file: "/gone/sign", args: [], env: {} }, KEY.publicKey);
    expect(await rejection(signer.sign(BYTES))).toMatchObject({ message: "/gone/sign could not be started" });
  });
});

describe("at the start", () => {
  const signing = { kind: "command", file: "sign", args: [], publicKey: "" } as const;
  const settings = { signing, previousSigningKey: undefined, registryUrl: "https://registry.example" };

  test("a command that signs with another key stops the origin", async ({ directory }) => {
    const keys = [await signerOf(directory, `console.log("${SIGNATURE}");`)] as const;
    const error = await rejection(trySigning(settings, keys, () => {}));
    expect(error).toMatchObject({ name: "ConfigError", message: containing("CORNICE_SIGNING_COMMAND: ") });
  });

  test("a command that does not exist stops the origin", async () => {
    const keys = [commandSigner({ file: "/gone/sign", args: [], env: {} }, KEY.publicKey)] as const;
    const error = await rejection(trySigning(settings, keys, () => {}));
    expect(error).toMatchObject({ message: "CORNICE_SIGNING_COMMAND: /gone/sign could not be started" });
  });

  test("a command that fails is reported, and the origin goes on", async ({ directory }) => {
    const failures: unknown[] = [];
    const keys = [await signerOf(directory, "process.exit(1);")] as const;
    await trySigning(settings, keys, (error) => failures.push(error));
    expect(failures).toMatchObject([{ name: "CommandError" }]);
  });

  test("a key in memory is not tried", async () => {
    const key = { kind: "key", key: "" } as const;
    const broken = { ...KEY, sign: () => Promise.reject(new Error("it was tried")) };
    await trySigning({ ...settings, signing: key }, [broken], () => {});
  });
});
