import { showPage } from "../page/show-page.tsx";
import { BuildPage } from "./build-page.tsx";

const [, , buildKey = ""] = location.pathname.split("/");
showPage(<BuildPage buildKey={buildKey} />);
