import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import pLimit from "p-limit";
import { fromBase64 } from "../../image/signing-keys/base64.ts";
import { type DerSignature, isDerSignature } from "../../image/signing-keys/der-signature.ts";
import type { PublicKey } from "../../image/signing-keys/public-key.ts";
import type { KeySigner } from "../../image/signing-keys/signer.ts";
import { type Command, CommandError, runCommand } from "../system/command.ts";
import { LastLines } from "../system/last-lines.ts";

/** A key service may wait for other callers. */
const TIME_LIMIT_MS = 30_000;
/** An image has seven signatures for each key. Key services limit calls for each second. */
const AT_ONCE = 4;
/** A signature in base64 has about a hundred characters. */
const MAX_LINE_BYTES = 16_384;
const NO_LINE_BREAKS = /\s+/g;

/**
 * The command answers, but with something else than a signature of its public key. Only the operator can mend it. The
 * message has nothing of the answer.
 */
export class WrongSignature extends Error {
  override readonly name = "WrongSignature";
}

/**
 * A signer whose key is in another program or service. The command gets the SHA-256 of the bytes to sign, as 32 bytes, on
 * standard input. It prints the signature as DER in base64. Throws `CommandError` and `WrongSignature`.
 */
export function commandSigner(command: Command, publicKey: PublicKey): KeySigner {
  const slot = pLimit(AT_ONCE);
  return {
    keyId: publicKey.id,
    publicKey,
    sign: (bytes) =>
      slot(async () => {
        const signature = parseSignature(await answerOf(command, createHash("sha256").update(bytes).digest()));
        if (await publicKey.verifies(bytes, signature)) return signature;
        throw new WrongSignature(`${command.file} signs with another key than the public key says`);
      }),
  };
}

async function answerOf({ file, args, env }: Command, digest: Uint8Array): Promise<string> {
  const signal = AbortSignal.timeout(TIME_LIMIT_MS);
  const answer: string[] = [];
  const log = new LastLines();
  try {
    await runCommand(file, {
      args,
      env,
      signal,
      input: Readable.from([digest]),
      onStdout: (line) => void answer.push(line),
      onStderr: (line) => log.add(line),
      maxStdoutLineBytes: MAX_LINE_BYTES,
    });
  } catch (cause) {
    if (signal.aborted) throw new CommandError(`${file} did not sign within ${TIME_LIMIT_MS / 1000} s`);
    if (cause instanceof CommandError && !log.isEmpty)
      throw new CommandError(`${cause.message}: ${log.text}`, { cause });
    throw cause;
  }
  return answer.join("");
}

function parseSignature(answer: string): DerSignature {
  const bytes = fromBase64(answer.replaceAll(NO_LINE_BREAKS, ""));
  if (bytes && isDerSignature(bytes)) return bytes;
  throw new WrongSignature("the signing command did not print an ECDSA signature on P-256, as DER in base64");
}
