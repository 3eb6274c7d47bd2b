import { createHash } from "node:crypto";

const LENGTH = 16;

/** Names a repository in the names of files: by a hash, because its own name can have any character. */
export function repositoryHash(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, LENGTH);
}
