// SPDX-License-Identifier: Apache-2.0
// TLS 1.3 on loopback between two processes: the server is a child, started afresh.
'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const tls = require('node:tls');

const folder = '/kif-test/';

// Serves until it is killed. Prints its port first.
function serve() {
  const server = tls.createServer({ cert: fs.readFileSync(folder + 'cert.pem'), key: fs.readFileSync(folder + 'key.pem') }, (socket) => {
    socket.on('data', (data) => socket.end('served ' + data));
    socket.on('error', () => {});
  });
  server.on('tlsClientError', (_, socket) => socket.end());
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
}

function whole(port) {
  return new Promise((resolve, reject) => {
    let reply = '';
    let what = '';
    const socket = tls.connect({ host: '127.0.0.1', port, servername: 'localhost', ca: fs.readFileSync(folder + 'cert.pem') }, () => {
      what = `${socket.getProtocol()} ${socket.getCipher().standardName}`;
      socket.write('hello');
    });
    socket.on('data', (data) => (reply += data));
    socket.on('end', () => resolve({ reply, what }));
    socket.on('error', reject);
  });
}

function firstRecord(port, hello) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(fs.readFileSync(folder + hello)));
    socket.once('data', (data) => {
      resolve(data.toString('hex'));
      socket.destroy();
    });
    socket.on('error', reject);
    socket.on('end', () => resolve(''));
  });
}

// What a whole handshake gives, and the first records that a client of AES only and one of ChaCha20 only are sent.
async function talk(facts) {
  const server = spawn(process.execPath, [process.argv[1], 'serve'], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const port = await new Promise((resolve, reject) => {
      server.stdout.once('data', (data) => resolve(parseInt(data, 10)));
      server.once('exit', () => reject(new Error('the server ended')));
    });
    const { reply, what } = await whole(port);
    facts.tls = what;
    facts['answer-aes'] = await firstRecord(port, 'hello-aes.bin');
    facts['answer-chacha'] = await firstRecord(port, 'hello-chacha.bin');
    return reply;
  } finally {
    server.kill('SIGKILL');
  }
}

module.exports = { serve, talk };
