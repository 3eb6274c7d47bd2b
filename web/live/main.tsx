import { render } from "preact";
import { mainElement } from "../page/main-element.ts";
import { BuildPage } from "./build-page.tsx";

const [, , buildKey = ""] = location.pathname.split("/");
render(<BuildPage buildKey={buildKey} />, mainElement());
