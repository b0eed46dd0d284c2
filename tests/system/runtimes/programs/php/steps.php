<?php
// SPDX-License-Identifier: Apache-2.0
// PHP's own cryptography and randomness, step by step.
require __DIR__ . '/record.php';
require __DIR__ . '/handshake.php';

if (($argv[1] ?? '') === 'serve') {
    serve();
    exit(0);
}

$facts['version'] = 'PHP ' . PHP_VERSION . ', ' . OPENSSL_VERSION_TEXT;
const TEXT = 'a text to be signed';

step('fips', function (): void {
    // PHP has no flag to ask for: what the module does not have is not there, though the library behind it has it.
    equal(in_array('chacha20-poly1305', openssl_get_cipher_methods(), true), false);
    equal(in_array('aes-256-gcm', openssl_get_cipher_methods(), true), true);
});

step('sha-256', function (): void {
    // FIPS 180-2, B.1
    equal(bin2hex(openssl_digest('abc', 'sha256', true)), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

step('refuses-md5', fn() => refused(fn() => openssl_digest('abc', 'md5')));
step('refuses-hmac-md5', fn() => refused(fn() => openssl_pbkdf2('secret', str_repeat('salt', 4), 16, 1000, 'md5')));
step('refuses-rsa-1024', fn() => refused(fn() => openssl_pkey_new(['private_key_type' => OPENSSL_KEYTYPE_RSA, 'private_key_bits' => 1024])));
step('refuses-chacha20', function (): void {
    refused(function () {
        return openssl_encrypt('abc', 'chacha20-poly1305', str_repeat("\0", 32), OPENSSL_RAW_DATA, str_repeat("\0", 12), $tag);
    });
});
step('refuses-x25519', function (): void {
    // Since 8.4 PHP makes X25519 keys; before, it only reads them.
    if (defined('OPENSSL_KEYTYPE_X25519')) {
        refused(fn() => openssl_pkey_new(['private_key_type' => OPENSSL_KEYTYPE_X25519]));
    }
    // RFC 8410 §10.3. Without a provider for it libcrypto still reads such a key; it must be of no use.
    $key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIHcHbQpzGKV9PBbBclGyZkXfTC+H68CZKrF3+6UduSwq\n-----END PRIVATE KEY-----\n";
    refused(fn() => openssl_pkey_derive($key, $key));
});

function signs(array $options): void
{
    $key = openssl_pkey_new($options);
    equal($key !== false, true);
    equal(openssl_sign(TEXT, $signature, $key, OPENSSL_ALGO_SHA256), true);
    $public = openssl_pkey_get_details($key)['key'];
    equal(openssl_verify(TEXT, $signature, $public, OPENSSL_ALGO_SHA256), 1);
    equal(openssl_verify(TEXT . '.', $signature, $public, OPENSSL_ALGO_SHA256), 0);
}
step('rsa-2048', fn() => signs(['private_key_type' => OPENSSL_KEYTYPE_RSA, 'private_key_bits' => 2048]));
step('p-256', fn() => signs(['private_key_type' => OPENSSL_KEYTYPE_EC, 'curve_name' => 'prime256v1']));

step('aes-256-gcm', function (): void {
    // The Galois/Counter Mode of Operation, test case 14
    $zeros = str_repeat("\0", 32);
    $text = openssl_encrypt(substr($zeros, 0, 16), 'aes-256-gcm', $zeros, OPENSSL_RAW_DATA, substr($zeros, 0, 12), $tag);
    equal([bin2hex($text), bin2hex($tag)], ['cea7403d4d606b6e074ec5d3baf39d18', 'd0d1c8a799996bf0265b98b5d48ab919']);
});

step('tls-1.3', function (): void {
    global $facts;
    equal(talk($facts), 'served hello');
    equal(explode(' ', $facts['tls'])[0], 'TLSv1.3');
});

step('drbg-origin', function (): void {
    // PHP cannot ask its libcrypto: what is mapped tells which providers it took its bytes from.
    global $facts;
    openssl_random_pseudo_bytes(32);
    $maps = file_get_contents('/proc/self/maps');
    foreach (['kif-fips.so', 'libjitterentropy.so.3'] as $name) {
        equal(str_contains($maps, "/usr/lib/kif/$name") ? $name : '', $name);
    }
    $facts['drbg'] = 'the FIPS provider and the jitter source are mapped';
});

step('random-openssl', fn() => fresh(fn() => openssl_random_pseudo_bytes(40), 40));
step('random-bytes', function (): void {
    fresh(fn() => random_bytes(40), 40);
    equal(strlen(random_bytes(100000)), 100000);
});
step('random-int', fn() => fresh(fn() => random_int(0, PHP_INT_MAX)));
step('random-password', function (): void {
    fresh(fn() => password_hash('secret', PASSWORD_BCRYPT, ['cost' => 4]), 60);
});
step('random-session', function (): void {
    fresh(fn() => session_create_id());
    if (class_exists('Random\Randomizer')) {
        fresh(fn() => (new Random\Randomizer())->getBytes(32), 32);
    }
    fresh(fn() => mt_rand() . ' ' . mt_rand());
});
step('random-sodium', function (): void {
    if (extension_loaded('sodium')) {
        fresh(fn() => sodium_crypto_secretbox_keygen(), 32);
    }
});
step('random-device', fn() => fresh(fn() => file_get_contents('/dev/urandom', false, null, 0, 32), 32));

finish();
