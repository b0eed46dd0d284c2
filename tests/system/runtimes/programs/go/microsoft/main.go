// SPDX-License-Identifier: Apache-2.0

// Go with the OpenSSL binding of Microsoft, step by step.
package main

import (
	"crypto"
	"crypto/cipher"
	"crypto/sha256"
	"errors"

	"github.com/microsoft/go-crypto-openssl/openssl"
	"kif/record"
)

type gcm interface {
	NewGCM(nonceSize, tagSize int) (cipher.AEAD, error)
}

func rsa2048() error {
	n, e, d, p, q, dp, dq, qinv, err := openssl.GenerateKeyRSA(2048)
	if err != nil {
		return err
	}
	private, err := openssl.NewPrivateKeyRSA(n, e, d, p, q, dp, dq, qinv)
	if err != nil {
		return err
	}
	public, err := openssl.NewPublicKeyRSA(n, e)
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte("a text to be signed"))
	signature, err := openssl.SignRSAPSS(private, crypto.SHA256, digest[:], -1)
	if err != nil {
		return err
	}
	if err = openssl.VerifyRSAPSS(public, crypto.SHA256, digest[:], signature, -1); err != nil {
		return err
	}
	digest[0] ^= 1
	return record.Refused(func() error { return openssl.VerifyRSAPSS(public, crypto.SHA256, digest[:], signature, -1) })
}

func p256() error {
	x, y, d, err := openssl.GenerateKeyECDSA("P-256")
	if err != nil {
		return err
	}
	private, err := openssl.NewPrivateKeyECDSA("P-256", x, y, d)
	if err != nil {
		return err
	}
	public, err := openssl.NewPublicKeyECDSA("P-256", x, y)
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte("a text to be signed"))
	signature, err := openssl.SignMarshalECDSA(private, digest[:])
	if err != nil {
		return err
	}
	if !openssl.VerifyECDSA(public, digest[:], signature) {
		return errors.New("the signature does not verify")
	}
	digest[0] ^= 1
	if openssl.VerifyECDSA(public, digest[:], signature) {
		return errors.New("the signature of another text verifies")
	}
	return nil
}

func aes256gcm() error {
	block, err := openssl.NewAESCipher(make([]byte, 32))
	if err != nil {
		return err
	}
	aead, err := block.(gcm).NewGCM(12, 16)
	if err != nil {
		return err
	}
	// The Galois/Counter Mode of Operation, test case 14
	sealed := aead.Seal(nil, make([]byte, 12), make([]byte, 16), nil)
	return record.Equal(sealed, "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")
}

func main() {
	if err := openssl.Init(); err != nil {
		record.Step("fips", func() error { return err })
		record.Finish("go-crypto-openssl")
		return
	}
	record.Step("fips", func() error {
		if !openssl.FIPS() {
			return errors.New("FIPS() is false")
		}
		return nil
	})
	record.Step("sha-256", func() error {
		digest := openssl.SHA256([]byte("abc"))
		return record.Equal(digest[:], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") // FIPS 180-2, B.1
	})
	record.Step("refuses-rsa-1024", func() error {
		return record.Refused(func() error { _, _, _, _, _, _, _, _, err := openssl.GenerateKeyRSA(1024); return err })
	})
	record.Step("rsa-2048", rsa2048)
	record.Step("p-256", p256)
	record.Step("aes-256-gcm", aes256gcm)
	record.Step("random-reader", func() error { return record.Fresh(openssl.RandReader, 64) })
	record.Step("random-goroutines", func() error { return record.InGoroutines(openssl.RandReader) })
	record.Step("drbg-origin", record.Mapped)
	record.Finish("go-crypto-openssl with " + openssl.VersionText())
}
