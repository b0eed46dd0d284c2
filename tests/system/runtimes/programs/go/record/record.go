// SPDX-License-Identifier: Apache-2.0

// Package record keeps the steps of a program and what came of each, and prints them as one JSON object.
package record

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
)

var (
	steps = map[string]string{}
	facts = map[string]string{}
)

// Step runs the function at once: it passes, or says why not. A panic is a failure.
func Step(name string, run func() error) {
	err := Guarded(run)
	if err != nil {
		steps[name] = "failed: " + err.Error()
		return
	}
	steps[name] = "ok"
}

// Guarded makes an error of a panic.
func Guarded(run func() error) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v", panicked)
		}
	}()
	return run()
}

// Refused passes where the function fails or panics.
func Refused(run func() error) error {
	if Guarded(run) == nil {
		return errors.New("not refused")
	}
	return nil
}

// Fact notes what is worth showing.
func Fact(name, value string) { facts[name] = value }

// Equal compares a digest with its known answer.
func Equal(got []byte, wanted string) error {
	if hex.EncodeToString(got) != wanted {
		return fmt.Errorf("%x, not %s", got, wanted)
	}
	return nil
}

// Fresh draws twice; what came must differ.
func Fresh(reader io.Reader, size int) error {
	first, second := make([]byte, size), make([]byte, size)
	for _, buffer := range [][]byte{first, second} {
		if _, err := io.ReadFull(reader, buffer); err != nil {
			return err
		}
	}
	if bytes.Equal(first, second) {
		return errors.New("drew the same twice")
	}
	return nil
}

// InGoroutines draws 64 bytes a thousand times in each of eight goroutines; nothing may come twice.
func InGoroutines(reader io.Reader) error {
	var group sync.WaitGroup
	var lock sync.Mutex
	seen := map[[64]byte]bool{}
	var failure error
	for i := 0; i < 8; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for j := 0; j < 1000; j++ {
				var drawn [64]byte
				_, err := io.ReadFull(reader, drawn[:])
				lock.Lock()
				if err != nil {
					failure = err
				}
				seen[drawn] = true
				lock.Unlock()
			}
		}()
	}
	group.Wait()
	if failure == nil && len(seen) != 8000 {
		failure = fmt.Errorf("%d different draws of 8000", len(seen))
	}
	return failure
}

// Mapped passes where the process has mapped the FIPS layer's provider and its jitter source.
func Mapped() error {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return err
	}
	for _, name := range []string{"kif-fips.so", "libjitterentropy.so.3"} {
		if !strings.Contains(string(maps), "/usr/lib/kif/"+name) {
			return errors.New(name + " of the layer is not mapped")
		}
	}
	Fact("drbg", "the FIPS provider and the jitter source are mapped")
	return nil
}

// Finish prints all.
func Finish(what string) {
	facts["version"] = what + ", " + runtime.Version()
	text, _ := json.Marshal(map[string]any{"steps": steps, "facts": facts})
	fmt.Println("\n" + string(text))
}
