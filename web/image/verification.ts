import type { Digest } from "../../protocol/digest.ts";
import { DEFAULT_TAG } from "../../protocol/tag.ts";
import type { Command, Host } from "../page/commands.ts";

interface Verified {
  readonly name: string;
  readonly tag: string;
  /** Of the OCI manifest. */
  readonly digest: Digest;
}

/** Commands for people who want to check the image with their own tools. */
export function verificationCommands({ name, tag, digest }: Verified, host: Host): Command[] {
  const tagged = `${host.name}/${name}:${tag}`;
  const tagFlag = tag === DEFAULT_TAG ? "" : ` --tag ${tag}`;
  return [
    {
      id: "digest",
      title: "Pull by digest",
      text: `docker pull ${host.name}/${name}@${digest}`,
      note: "A digest always means the same bytes, even if the tag changes. The engine checks every byte.",
    },
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
