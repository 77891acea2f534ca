// Restate's server with PENDING delayed calls, DUE of which are due at one moment: bench.mjs PENDING DUE. Prints one JSON value.
import { spawn, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as restate from "@restatedev/restate-sdk";
import * as clients from "@restatedev/restate-sdk-clients";

// Older releases of node lack it, and the SDK asks for it.
Promise.withResolvers ??= function () {
  const all = {};
  all.promise = new Promise((resolve, reject) => Object.assign(all, { resolve, reject }));
  return all;
};
const [pending, due] = process.argv.slice(2).map(Number);
const DEPLOYMENT = 19080, INGRESS = 18080, ADMIN = 19070, NODE = 15122;
const LATER_MS = 30 * 24 * 3600 * 1000, LEAD_MS = 30_000, TOGETHER = 128;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const late = [];
let all_fired;
const fired = new Promise((done) => (all_fired = done));
const timers = restate.service({
  name: "timers",
  handlers: {
    fire: async (_ctx, due_at) => {
      late.push((Date.now() - due_at) / 1000);
      if (late.length === due) all_fired();
    },
  },
});
await restate.serve({ services: [timers], port: DEPLOYMENT });

const folder = mkdtempSync(join(tmpdir(), "restate-bench-"));
const program = join(process.cwd(), "node_modules/@restatedev/restate-server-linux-x64/bin/restate-server");
const version = execFileSync(program, ["--version"]).toString().trim().split(" ").pop();
const server = spawn(program, ["--base-dir", folder], {
  stdio: "ignore",
  env: {
    ...process.env, RUST_LOG: "error", RESTATE_DISABLE_TELEMETRY: "true", RESTATE_BIND_ADDRESS: `127.0.0.1:${NODE}`,
    RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${NODE}`, RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${INGRESS}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${ADMIN}`,
  },
});
process.on("SIGTERM", () => { server.kill("SIGKILL"); process.exit(1); });
const cpu = () => {
  const words = readFileSync(`/proc/${server.pid}/stat`, "utf8").split(") ").pop().split(" ");
  return words.slice(11, 13).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
};
const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) / 1024;
try {
  let known = false;
  for (let tries = 0; tries < 120 && !known; tries++) {
    await pause(500);
    known = await fetch(`http://127.0.0.1:${ADMIN}/deployments`, {
      method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ uri: `http://127.0.0.1:${DEPLOYMENT}` }),
    }).then((answer) => answer.ok, () => false);
  }
  if (!known) throw new Error("the server does not answer");
  const client = clients.connect({ url: `http://127.0.0.1:${INGRESS}` }).serviceSendClient({ name: "timers" });
  const send = async (count, delay) => {
    for (let sent = 0; sent < count; sent += TOGETHER) {
      const some = Math.min(TOGETHER, count - sent);
      await Promise.all(Array.from({ length: some }, () => {
        const [argument, ms] = delay();
        return client.fire(argument, clients.SendOpts.from({ delay: ms }));
      }));
    }
  };
  await send(pending - due, () => [0, LATER_MS]);
  const due_at = Date.now() + LEAD_MS;
  await send(due, () => [due_at, Math.max(1, due_at - Date.now())]);
  await pause(Math.max(0, due_at - 14_000 - Date.now()));
  const before = cpu(), began = Date.now();
  await pause(10_000);
  const idle = (cpu() - before) / ((Date.now() - began) / 1000);
  await pause(Math.max(0, due_at - 200 - Date.now()));
  const started = cpu();
  await Promise.race([fired, pause(LEAD_MS + 120_000)]);
  await pause(300);
  const spent = cpu() - started;
  late.sort((a, b) => a - b);
  console.log(JSON.stringify({
    version, pending, fired: late.length, rate: late.length / late.at(-1), late_p99: late[Math.ceil(late.length * 0.99) - 1],
    cpu_ms: (spent * 1000) / late.length, idle, resident_mb: resident(),
  }));
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  server.kill("SIGKILL");
  await pause(200);
  rmSync(folder, { recursive: true, force: true });
  process.exit();
}
