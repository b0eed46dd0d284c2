// SPDX-License-Identifier: Apache-2.0

// Plain Go, statically linked: its runtime and crypto/rand ask the kernel by system call.
package main

import (
	"crypto/rand"
	"errors"
	"math/big"
	mathrand "math/rand/v2"

	"kif/record"
)

func main() {
	record.Step("random-reader", func() error { return record.Fresh(rand.Reader, 64) })
	record.Step("random-large", func() error { return record.Fresh(rand.Reader, 100000) })
	record.Step("random-goroutines", func() error { return record.InGoroutines(rand.Reader) })
	record.Step("random-text", func() error {
		if rand.Text() == rand.Text() {
			return errors.New("drew the same twice")
		}
		return nil
	})
	record.Step("random-int", func() error {
		_, err := rand.Int(rand.Reader, big.NewInt(1<<40))
		return err
	})
	// Seeded by the runtime at its start.
	record.Step("random-math", func() error {
		if mathrand.Uint64() == mathrand.Uint64() {
			return errors.New("drew the same twice")
		}
		return nil
	})
	record.Finish("plain Go")
}
