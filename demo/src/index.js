'use strict';

const http = require('http');
const os = require('os');
const escapeHtml = require('escape-html');
const api = require('./config/api');

const port = Number(process.env.PORT) || 3000;
const host = process.env.HOST || '0.0.0.0';
const machine = os.hostname();

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Web server lab - ${escapeHtml(machine)}</title>
<style>
  body { margin: 0; font: 18px/1.6 system-ui, sans-serif; color: #1d2433; background: #f4f6fa; }
  #root { max-width: 36rem; margin: 12vh auto; padding: 2rem 2.5rem; background: #fff; border-radius: 12px; box-shadow: 0 2px 16px #1d243322; }
  h1 { margin-top: 0; }
  strong { color: #b3261e; }
  small { color: #5c667a; }
</style>
</head>
<body>
<div id="root">
  <h1>It works</h1>
  <p>This page was served by <strong>${escapeHtml(machine)}</strong>.</p>
  <p>Load it again: behind a load balancer, another machine may answer.</p>
  <p><small>API: ${escapeHtml(api.baseURL)}</small></p>
</div>
</body>
</html>
`;

const server = http.createServer((request, response) => {
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Served-By': machine,
  });
  response.end(request.method === 'HEAD' ? undefined : page);
});

server.listen(port, host, () => console.log(`Listening on ${host}:${port}`));

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    server.close(() => process.exit(0));
    setTimeout(() => process.exit(0), 2000).unref();
  });
}
