import { render } from "preact";
import { mainElement } from "../page/main-element.ts";
import { ComposePage } from "./compose-page.tsx";

render(<ComposePage />, mainElement());
