import { registry } from "./registry.ts";

export default registry;
