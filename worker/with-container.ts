// The Worker for origins that are Cloudflare Containers: deploy/container.toml and deploy/snapshot-container.toml.
export { default } from "./index.ts";
export * from "./index.ts";
export { OriginContainer } from "./containers/origin-container.ts";
export { SnapshotContainer } from "./containers/snapshot-container.ts";
