// SPDX-License-Identifier: Apache-2.0

//go:debug fips140=only

// Go with its own FIPS module, statically linked, step by step. fips140=only: what is not approved is refused, not merely uncounted.
package main

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/fips140"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"

	"kif/record"
)

func rsa2048() error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte("a text to be signed"))
	signature, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], nil)
	if err != nil {
		return err
	}
	if err = rsa.VerifyPSS(&key.PublicKey, crypto.SHA256, digest[:], signature, nil); err != nil {
		return err
	}
	digest[0] ^= 1
	return record.Refused(func() error { return rsa.VerifyPSS(&key.PublicKey, crypto.SHA256, digest[:], signature, nil) })
}

func p256() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte("a text to be signed"))
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		return err
	}
	if !ecdsa.VerifyASN1(&key.PublicKey, digest[:], signature) {
		return errors.New("the signature does not verify")
	}
	digest[0] ^= 1
	if ecdsa.VerifyASN1(&key.PublicKey, digest[:], signature) {
		return errors.New("the signature of another text verifies")
	}
	return nil
}

func aes256gcm() error {
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		return err
	}
	// In FIPS mode the module draws the nonce itself: an answer that is known beforehand cannot be had.
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return err
	}
	sealed := aead.Seal(nil, nil, []byte("a text"), nil)
	opened, err := aead.Open(nil, nil, sealed, nil)
	if err != nil || string(opened) != "a text" {
		return errors.New("what was sealed does not open")
	}
	sealed[len(sealed)-1] ^= 1
	return record.Refused(func() error { _, err := aead.Open(nil, nil, sealed, nil); return err })
}

func main() {
	record.Step("fips", func() error {
		if !fips140.Enabled() {
			return errors.New("fips140.Enabled() is false")
		}
		return nil
	})
	record.Step("sha-256", func() error {
		digest := sha256.Sum256([]byte("abc"))
		return record.Equal(digest[:], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") // FIPS 180-2, B.1
	})
	record.Step("refuses-md5", func() error {
		return record.Refused(func() error { md5.Sum([]byte("abc")); return nil })
	})
	record.Step("refuses-hmac-md5", func() error {
		return record.Refused(func() error { hmac.New(md5.New, []byte("0123456789abcdef")).Sum(nil); return nil })
	})
	record.Step("refuses-rsa-1024", func() error {
		return record.Refused(func() error { _, err := rsa.GenerateKey(rand.Reader, 1024); return err })
	})
	record.Step("refuses-x25519", func() error {
		return record.Refused(func() error { _, err := ecdh.X25519().GenerateKey(rand.Reader); return err })
	})
	record.Step("rsa-2048", rsa2048)
	record.Step("p-256", p256)
	record.Step("aes-256-gcm", aes256gcm)
	record.Step("tls-1.3", handshake)
	record.Step("random-reader", func() error { return record.Fresh(rand.Reader, 64) })
	record.Step("random-goroutines", func() error { return record.InGoroutines(rand.Reader) })
	record.Finish("Go's own FIPS module")
}
