<?php
// SPDX-License-Identifier: Apache-2.0
// The steps of a program and what came of each, printed as one JSON object.

$steps = [];
$facts = [];

// What PHP only warns of, and goes on, is a failure here.
set_error_handler(function (int $level, string $message): bool {
    if (!(error_reporting() & $level)) {
        return false; // silenced where it happens
    }
    throw new ErrorException($message, 0, $level);
});

// Runs the function: it passes, or throws and says why.
function step(string $name, callable $run): void
{
    global $steps;
    try {
        $run();
        $steps[$name] = 'ok';
    } catch (Throwable $error) {
        $openssl = '';
        while ($line = openssl_error_string()) {
            $openssl .= "; $line";
        }
        $steps[$name] = 'failed: ' . $error->getMessage() . ' (line ' . $error->getLine() . ')' . $openssl;
    }
    while (openssl_error_string()) {
    }
}

function equal(mixed $got, mixed $wanted): void
{
    if ($got !== $wanted) {
        throw new RuntimeException(var_export($got, true) . ', not ' . var_export($wanted, true));
    }
}

// A refusal is false, or an error.
function refused(callable $run): void
{
    try {
        $got = $run();
    } catch (Throwable) {
        return;
    }
    if ($got !== false) {
        throw new RuntimeException('not refused');
    }
}

// Two draws of the right size, which differ.
function fresh(callable $draw, ?int $size = null): void
{
    [$first, $second] = [$draw(), $draw()];
    if ($first === $second) {
        throw new RuntimeException('drew the same twice');
    }
    if ($size !== null) {
        equal([strlen($first), strlen($second)], [$size, $size]);
    }
}

function finish(): void
{
    global $steps, $facts;
    echo "\n", json_encode(['steps' => $steps, 'facts' => $facts], JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE), "\n";
}
