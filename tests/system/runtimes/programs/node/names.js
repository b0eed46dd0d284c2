// SPDX-License-Identifier: Apache-2.0
// A name server of one answer, and the numbers of the questions that it was asked: c-ares draws them.
'use strict';
const dgram = require('node:dgram');
const dns = require('node:dns');

// The answer to a question: its head turned into a reply with one record, the question, and 127.0.0.2 for a minute.
function reply(question) {
  const end = question.indexOf(0, 12) + 5;
  const head = Buffer.from(question.subarray(0, 12));
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(1, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, question.subarray(12, end), Buffer.from('c00c00010001000000 3c00047f000002'.replace(/ /g, ''), 'hex')]);
}

// Resolves `count` names; gives the numbers of the questions and the last answer.
async function ask(count) {
  const numbers = [];
  const server = dgram.createSocket('udp4');
  server.on('message', (question, from) => {
    numbers.push(question.readUInt16BE(0));
    server.send(reply(question), from.port, from.address);
  });
  await new Promise((resolve) => server.bind(0, '127.0.0.1', resolve));
  try {
    const resolver = new dns.promises.Resolver({ timeout: 2000, tries: 1 });
    resolver.setServers([`127.0.0.1:${server.address().port}`]);
    let answer;
    for (let i = 0; i < count; ++i) answer = await resolver.resolve4(`name${i}.test`);
    return { numbers, answer };
  } finally {
    server.close();
  }
}

module.exports = { ask };
