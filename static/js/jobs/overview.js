// The overview stays true while it is looked at.
import "./clock.js";
import { fragment } from "./api.js";
import { Live } from "./live.js";
import { replaceParts } from "./parts.js";

new Live({
  address: () => "/ai/jobs/stream/?kinds=status",
  kinds: ["status"],
  refresh: async () => replaceParts(await fragment(location.href)),
});
