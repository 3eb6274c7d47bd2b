import { render } from "preact";
import { splitReference } from "../page/selection.ts";
import { mainElement } from "../page/main-element.ts";
import { ImagePage } from "./image-page.tsx";

const path = decodeURI(location.pathname).slice("/images/".length).replace(/\/$/, "");
render(<ImagePage {...splitReference(path)} />, mainElement());
