/// <reference types="@cloudflare/vitest-plugin/types" />
import type { Bindings } from "../../worker/settings.ts";
import type * as mainModule from "../../worker/index.ts";

type MainModule = typeof mainModule;

declare global {
  namespace Cloudflare {
    interface Env extends Required<Bindings> {}
    interface GlobalProps {
      mainModule: MainModule;
    }
  }
}
