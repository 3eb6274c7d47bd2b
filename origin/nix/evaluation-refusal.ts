import { OciError } from "../../protocol/oci-error.ts";

/** The package set refuses a request for an architecture. The same request at the same revision fails again. */
export class EvaluationRefusal extends OciError {}
