import { splitReference } from "../page/selection.ts";
import { showPage } from "../page/show-page.tsx";
import { ImagePage } from "./image-page.tsx";

const path = decodeURI(location.pathname).slice("/images/".length).replace(/\/$/, "");
showPage(<ImagePage {...splitReference(path)} />);
