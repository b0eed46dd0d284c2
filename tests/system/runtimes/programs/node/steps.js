// SPDX-License-Identifier: Apache-2.0
// Node's own cryptography and randomness, step by step.
'use strict';
const handshake = require('./handshake.js');

if (process.argv[2] === 'serve') handshake.serve();
else main();

async function main() {
  const assert = require('node:assert');
  const { execFileSync } = require('node:child_process');
  const crypto = require('node:crypto');
  const dns = require('node:dns');
  const fs = require('node:fs');
  const { Worker } = require('node:worker_threads');
  const names = require('./names.js');
  const { step, facts, fresh, finish } = require('./record.js');

  facts.version = `Node ${process.versions.node}, OpenSSL ${process.versions.openssl}`;

  await step('fips', () => {
    assert.strictEqual(crypto.getFips(), 1);
    assert.throws(() => crypto.setFips(false));
    assert.strictEqual(crypto.getFips(), 1);
  });

  await step('sha-256', () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'; // FIPS 180-2, B.1
    assert.strictEqual(crypto.createHash('sha256').update('abc').digest('hex'), abc);
  });

  await step('refuses-md5', () => {
    assert.throws(() => crypto.createHash('md5'));
    if (crypto.hash) assert.throws(() => crypto.hash('md5', 'abc'));
  });
  await step('refuses-hmac-md5', () => assert.throws(() => crypto.createHmac('md5', Buffer.alloc(16)).update('abc').digest()));
  await step('refuses-rsa-1024', () => assert.throws(() => crypto.generateKeyPairSync('rsa', { modulusLength: 1024 })));
  await step('refuses-x25519', () => assert.throws(() => crypto.generateKeyPairSync('x25519')));
  await step('refuses-chacha20', () =>
    assert.throws(() => crypto.createCipheriv('chacha20-poly1305', Buffer.alloc(32), Buffer.alloc(12), { authTagLength: 16 })));

  const signs = ({ privateKey, publicKey }) => {
    const signature = crypto.sign('sha256', Buffer.from('a text'), privateKey);
    assert.ok(crypto.verify('sha256', Buffer.from('a text'), publicKey, signature));
    assert.ok(!crypto.verify('sha256', Buffer.from('a tixt'), publicKey, signature));
  };
  await step('rsa-2048', () => signs(crypto.generateKeyPairSync('rsa', { modulusLength: 2048 })));
  await step('p-256', () => signs(crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' })));

  await step('aes-256-gcm', () => {
    // The Galois/Counter Mode of Operation, test case 14
    const cipher = crypto.createCipheriv('aes-256-gcm', Buffer.alloc(32), Buffer.alloc(12));
    const text = Buffer.concat([cipher.update(Buffer.alloc(16)), cipher.final()]).toString('hex');
    assert.strictEqual(text, 'cea7403d4d606b6e074ec5d3baf39d18');
    assert.strictEqual(cipher.getAuthTag().toString('hex'), 'd0d1c8a799996bf0265b98b5d48ab919');
  });

  await step('tls-1.3', async () => {
    assert.strictEqual(await handshake.talk(facts), 'served hello');
    assert.match(facts.tls, /^TLSv1\.3 /);
  });

  await step('drbg-origin', () => {
    // An official build has its libcrypto inside and exports no way to ask it: what it mapped tells which providers it took its bytes from.
    crypto.randomBytes(32);
    const maps = fs.readFileSync('/proc/self/maps', 'latin1');
    const mapped = ['kif-fips.so', 'libjitterentropy.so.3'].filter((name) => maps.includes(`/usr/lib/kif/${name}`));
    assert.strictEqual(mapped.length, 2, `mapped of the layer: ${mapped}`);
    assert.ok(!/legacy\.so/.test(maps));
    facts.drbg = 'the FIPS provider and the jitter source are mapped';
  });

  await step('random-bytes', () => {
    fresh(() => crypto.randomBytes(40), 40);
    fresh(() => crypto.randomFillSync(Buffer.alloc(64)), 64);
    fresh(() => crypto.randomInt(2 ** 47));
    fresh(() => crypto.webcrypto.getRandomValues(new Uint8Array(32)), 32);
  });
  await step('random-uuid', () => {
    fresh(() => crypto.randomUUID(), 36);
    fresh(() => crypto.randomUUID({ disableEntropyCache: true }), 36);
  });
  await step('random-dns', async () => {
    const { numbers, answer } = await names.ask(8);
    assert.deepStrictEqual(answer, ['127.0.0.2']);
    assert.ok(new Set(numbers).size > 4, `numbers of the questions: ${numbers}`);
    assert.strictEqual((await dns.promises.lookup('localhost')).address.length > 0, true);
  });
  await step('random-mkdtemp', () => fresh(() => fs.mkdtempSync('/tmp/kif-'), 15));
  await step('random-worker', async () => {
    const draw = () =>
      new Promise((resolve, reject) => {
        const worker = new Worker("require('worker_threads').parentPort.postMessage(require('crypto').randomBytes(32).toString('hex'))", {
          eval: true,
        });
        worker.once('message', resolve);
        worker.once('error', reject);
      });
    const [first, second] = [await draw(), await draw()];
    assert.notStrictEqual(first, second);
  });
  await step('random-child', () =>
    fresh(() => execFileSync(process.execPath, ['-e', "console.log(require('crypto').randomUUID())"], { encoding: 'latin1' }), 37));
  await step('random-device', async () => {
    const device = fs.openSync('/dev/urandom', 'r');
    fresh(() => {
      const bytes = Buffer.alloc(32);
      assert.strictEqual(fs.readSync(device, bytes), 32);
      return bytes;
    });
    fresh(() => { // pread, as every read with a position
      const bytes = Buffer.alloc(3000);
      assert.strictEqual(fs.readSync(device, bytes, 0, bytes.length, 7), bytes.length);
      return bytes;
    });
    assert.ok(fs.fstatSync(device).isCharacterDevice());
    fs.closeSync(device);
    const streamed = async () => {
      const chunks = [];
      for await (const chunk of fs.createReadStream('/dev/urandom', { start: 5, end: 2004 })) chunks.push(chunk);
      return Buffer.concat(chunks);
    };
    const [first, second] = [await streamed(), await streamed()];
    assert.deepStrictEqual([first.length, second.length, first.equals(second)], [2000, 2000, false]);
  });
  finish();
}
