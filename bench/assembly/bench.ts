import type { Combinations } from "./combinations.ts";
import type { Product } from "./product.ts";

/** The values that all measurements share. The origin has stopped. */
export interface Bench {
  readonly product: Product;
  readonly combinations: Combinations;
  readonly print: (line: string) => void;
}
