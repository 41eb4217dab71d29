// The standard clients of Node: fetch, and node:http with 100-continue and an offer to upgrade.
import http from "node:http";

const url = `${process.argv[2]}/names`;
const headers = { "content-type": "application/json" };
for (let turn = 0; turn < 2; turn++)
  console.log((await fetch(url, { method: "POST", headers, body: '{"name":"a"}' })).status);
console.log((await fetch(url, { method: "POST", headers, body: "{}" })).status);

const body = '{"name":"b"}';
await new Promise((done) => {
  const asked = { ...headers, expect: "100-continue", "content-length": body.length };
  const request = http.request(url, { method: "POST", headers: asked }, (answer) => {
    console.log(answer.statusCode);
    answer.resume().on("end", done);
  });
  request.on("continue", () => request.end(body)).flushHeaders();
});
await new Promise((done) => {
  http.get(url, { headers: { connection: "Upgrade", upgrade: "websocket" } }, (answer) => {
    console.log(answer.statusCode);
    answer.resume().on("end", done);
  });
});
