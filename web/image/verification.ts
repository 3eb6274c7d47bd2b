import type { Digest } from "../../protocol/digest.ts";
import { DEFAULT_TAG } from "../../protocol/tag.ts";
import type { ImageTrust } from "../../protocol/web-api.ts";
import { type Command, type Host, isLoopback } from "../page/commands.ts";

interface Verified {
  readonly name: string;
  readonly tag: string;
  /** Of the OCI manifest. */
  readonly digest: Digest;
  readonly trust: ImageTrust | undefined;
}

/** Commands for people who want to check the image with their own tools. */
export function verificationCommands(image: Verified, host: Host): Command[] {
  const { name, tag, digest } = image;
  const tagged = `${host.name}/${name}:${tag}`;
  const tagFlag = tag === DEFAULT_TAG ? "" : ` --tag ${tag}`;
  return [
    {
      id: "digest",
      title: "Pull by digest",
      text: `docker pull ${host.name}/${name}@${digest}`,
      note: "A digest always means the same bytes, even if the tag changes. The engine checks every byte.",
    },
    ...signatureCommands(image, host),
    {
      id: "skopeo",
      title: "skopeo",
      text: `skopeo inspect ${host.isPlain ? "--tls-verify=false " : ""}docker://${tagged}`,
      note: "Prints the digest and every layer.",
    },
    {
      id: "crane",
      title: "crane",
      text: `crane digest ${host.isPlain ? "--insecure " : ""}${tagged}`,
      note: `Prints ${digest}`,
    },
    {
      id: "rebuild",
      title: "Build it again",
      text: `bin/cornice build ${name}${tagFlag} -o image.tar`,
      note: `In a clone of Cornice, with Nix and the same package source. Prints the digest of the new image: ${digest}`,
    },
  ];
}

/** Only an image with a signature can be verified, and only provenance that is signed. */
function signatureCommands({ name, digest, trust }: Verified, host: Host): Command[] {
  if (!trust || trust.keyIds.length === 0) return [];
  const key = `--key ${host.isPlain ? "http" : "https"}://${host.name}/keys/cosign.pub`;
  const flags = `${key} --insecure-ignore-tlog${host.isPlain ? " --allow-http-registry" : ""}`;
  const image = `${host.name}/${name}@${digest}`;
  const verify = {
    id: "cosign",
    title: "cosign",
    text: `cosign verify ${flags} ${image}`,
    note: "Verifies the signature. The key alone proves it: the registry uses no transparency log. Keep a copy of the key, so that you notice another one.",
  };
  const attestation = {
    id: "provenance",
    title: "Provenance",
    text: `cosign verify-attestation --type slsaprovenance1 ${flags} ${image}`,
    note: "Verifies the signed provenance and prints it: what the image is built from.",
  };
  return [verify, ...(trust.provenance ? [attestation] : []), ownVerification(image, host)];
}

/** `bin/cornice` asks the addresses of its own machine over HTTP without a flag. */
function ownVerification(image: string, host: Host): Command {
  const flag = host.isPlain && !isLoopback(host) ? " --insecure-http" : "";
  return {
    id: "cornice",
    title: "cornice",
    text: `bin/cornice verify${flag} ${image}`,
    note: "In a clone of Cornice. Checks signatures, documents and every layer. With --rebuild it builds the image again and compares.",
  };
}
