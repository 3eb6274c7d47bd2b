import { registry } from "./registry.ts";

export { BuildCoordinator } from "./builds/build-coordinator.ts";
export default registry;
