import type { ContentDescriptor } from "../../protocol/artifact-manifest.ts";
import type { Architecture } from "../../protocol/image-name.ts";

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md#image-index-property-descriptions */
interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
}

/** A manifest in an image index. */
export interface PlatformDescriptor extends ContentDescriptor {
  readonly platform: Platform;
}

/** Docker's tools name the variant of arm64, and containerd takes arm64 without a variant for v8. */
export const PLATFORMS: Readonly<Record<Architecture, Platform>> = {
  amd64: { architecture: "amd64", os: "linux" },
  arm64: { architecture: "arm64", os: "linux", variant: "v8" },
};
