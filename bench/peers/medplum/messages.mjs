// @medplum/core: each message of each file named parsed, and six of its fields taken. CPU time is that of the process.
import fs from "node:fs";
import { createRequire } from "node:module";
globalThis.WebSocket ??= class {}; // which it names when it is loaded, and older versions of node lack
const { Hl7Message } = createRequire(`${process.argv[2]}/package.json`)("@medplum/core");
const runs = process.argv.slice(3).map((path) => {
  const before = process.cpuUsage();
  let claims = 0;
  for (const text of fs.readFileSync(path, "utf8").split(/\r(?=MSH\|)/)) {
    const found = Hl7Message.parse(text);
    const taken = [["MSH", 10, 0], ["PID", 3, 1], ["PID", 5, 1], ["PID", 7, 1], ["PV1", 19, 1], ["PV1", 7, 1]];
    for (const [segment, field, component] of taken) found.getSegment(segment)?.getComponent(field, component);
    claims += 1;
  }
  const used = process.cpuUsage(before);
  return { cpu: (used.user + used.system) / 1e6, claims, out: 0, fault: "" };
});
console.log(JSON.stringify({ runs, peak_mb: process.resourceUsage().maxRSS / 1000 }));
