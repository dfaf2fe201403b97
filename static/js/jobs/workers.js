// Workers report every few seconds; the page asks as often.
import "./clock.js";
import { fragment } from "./api.js";
import { Live } from "./live.js";
import { replaceParts } from "./parts.js";

new Live({
  address: () => "",
  kinds: [],
  refresh: async () => replaceParts(await fragment(location.href)),
});
