import type { Digest } from "../../protocol/digest.ts";
import { DEFAULT_TAG } from "../../protocol/tag.ts";
import type { Command, Host } from "../page/commands.ts";

interface Verified {
  readonly name: string;
  readonly tag: string;
  /** Of the OCI manifest. */
  readonly digest: Digest;
}

/** Ways to see with one's own tools that the registry serves what it says. */
export function verificationCommands({ name, tag, digest }: Verified, host: Host): Command[] {
  const tagged = `${host.name}/${name}:${tag}`;
  const tagFlag = tag === DEFAULT_TAG ? "" : ` --tag ${tag}`;
  return [
    {
      id: "digest",
      title: "Pull by digest",
      text: `docker pull ${host.name}/${name}@${digest}`,
      note: "Whatever the tag comes to stand for, this stays the same bytes; the engine checks each of them.",
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
      text: `npx cornice build ${name}${tagFlag} -o image.tar`,
      note: `On a machine with Nix and the same package source. It prints the digest of what it made: ${digest}`,
    },
  ];
}
