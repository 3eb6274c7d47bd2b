/// <reference types="@cloudflare/vitest-plugin/types" />
import type { Bindings } from "../../worker/settings.ts";

declare global {
  namespace Cloudflare {
    interface Env extends Required<Bindings> {}
    interface GlobalProps {
      // Not the type of the whole module: its classes use these types, so the type would refer to itself and be `any`.
      mainModule: { readonly default: ExportedHandler<Bindings> };
    }
  }
}
