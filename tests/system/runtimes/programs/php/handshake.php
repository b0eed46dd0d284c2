<?php
// SPDX-License-Identifier: Apache-2.0
// TLS 1.3 on loopback between two processes: the server is a child, started afresh.

const FOLDER = '/kif-test/';

// Answers three clients; those that cannot be served are told so by TLS itself. Prints its port first.
function serve(): void
{
    $context = stream_context_create(['ssl' => ['local_cert' => FOLDER . 'cert.pem', 'local_pk' => FOLDER . 'key.pem']]);
    $server = stream_socket_server('tcp://127.0.0.1:0', $code, $text, STREAM_SERVER_BIND | STREAM_SERVER_LISTEN, $context);
    echo substr(strrchr(stream_socket_get_name($server, false), ':'), 1), "\n";
    for ($i = 0; $i < 3; ++$i) {
        $connection = stream_socket_accept($server, 20);
        if (@stream_socket_enable_crypto($connection, true, STREAM_CRYPTO_METHOD_TLS_SERVER)) {
            fwrite($connection, 'served ' . fread($connection, 64));
        }
        fclose($connection);
    }
}

function first_record(int $port, string $hello): string
{
    $connection = stream_socket_client("tcp://127.0.0.1:$port", $code, $text, 20);
    fwrite($connection, file_get_contents(FOLDER . $hello));
    return bin2hex(fread($connection, 4096));
}

// What a whole handshake gives, and the first records that a client of AES only and one of ChaCha20 only are sent.
function talk(array &$facts): string
{
    $server = proc_open([PHP_BINARY, $_SERVER['argv'][0], 'serve'], [1 => ['pipe', 'w']], $pipes);
    try {
        $port = (int) fgets($pipes[1]);
        $context = stream_context_create(['ssl' => ['cafile' => FOLDER . 'cert.pem', 'peer_name' => 'localhost']]);
        $connection = stream_socket_client("tls://127.0.0.1:$port", $code, $text, 20, STREAM_CLIENT_CONNECT, $context);
        fwrite($connection, 'hello');
        $reply = fread($connection, 64);
        $crypto = stream_get_meta_data($connection)['crypto'];
        $facts['tls'] = $crypto['protocol'] . ' ' . $crypto['cipher_name'];
        fclose($connection);
        $facts['answer-aes'] = first_record($port, 'hello-aes.bin');
        $facts['answer-chacha'] = first_record($port, 'hello-chacha.bin');
        return $reply;
    } finally {
        proc_terminate($server, 9);
    }
}
