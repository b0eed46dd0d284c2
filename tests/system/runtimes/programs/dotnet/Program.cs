// SPDX-License-Identifier: Apache-2.0
// .NET's own cryptography and randomness, step by step.
using System;
using System.IO;
using System.Security.Cryptography;
using System.Text;

namespace Steps;

static class Program
{
    static readonly byte[] s_text = Encoding.ASCII.GetBytes("a text to be signed");

    static void Main(string[] arguments)
    {
        if (arguments.Length > 0 && arguments[0] == "serve")
        {
            Handshake.Serve();
            return;
        }
        Record.Fact("version", ".NET " + Environment.Version + ", OpenSSL " + SafeEvpPKeyHandle.OpenSslVersion.ToString("x"));

        // FIPS 180-2, B.1. .NET has no flag to ask for: what must be refused shows that the module is in use.
        Record.Step("sha-256", () => Record.Equal(Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes("abc"))),
            "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"));
        // .NET fetches MD5 itself with a query that asks for no FIPS; HMAC has none.
        Record.Step("refuses-hmac-md5", () => Record.Refused(() => HMACMD5.HashData(new byte[16], s_text)));
        Record.Step("refuses-rsa-1024", () => Record.Refused(() => RSA.Create(1024).ExportParameters(true)));
        Record.Step("refuses-chacha20", () => Record.Refused(() =>
            new ChaCha20Poly1305(new byte[32]).Encrypt(new byte[12], s_text, new byte[s_text.Length], new byte[16])));

        Record.Step("rsa-2048", () =>
        {
            using RSA key = RSA.Create(2048);
            byte[] signature = key.SignData(s_text, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
            Record.Equal(key.VerifyData(s_text, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pss), true);
            signature[0] ^= 1;
            Record.Equal(key.VerifyData(s_text, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pss), false);
        });
        Record.Step("p-256", () =>
        {
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            byte[] signature = key.SignData(s_text, HashAlgorithmName.SHA256);
            Record.Equal(key.VerifyData(s_text, signature, HashAlgorithmName.SHA256), true);
            signature[^1] ^= 1;
            Record.Equal(key.VerifyData(s_text, signature, HashAlgorithmName.SHA256), false);
        });
        Record.Step("aes-256-gcm", () =>
        {
            // The Galois/Counter Mode of Operation, test case 14
            byte[] sealedText = new byte[16], tag = new byte[16];
#pragma warning disable SYSLIB0053 // .NET 6 and 7 have no constructor with the tag's size
            new AesGcm(new byte[32]).Encrypt(new byte[12], new byte[16], sealedText, tag);
#pragma warning restore SYSLIB0053
            Record.Equal(Convert.ToHexString(sealedText) + Convert.ToHexString(tag),
                "CEA7403D4D606B6E074EC5D3BAF39D18D0D1C8A799996BF0265B98B5D48AB919");
        });
        Record.Step("tls-1.3", Handshake.Talk);
        Record.Step("drbg-origin", () =>
        {
            RandomNumberGenerator.GetBytes(32);
            string maps = File.ReadAllText("/proc/self/maps");
            foreach (string name in new[] { "kif-fips.so", "libjitterentropy.so.3" })
                Record.Equal(maps.Contains("/usr/lib/kif/" + name) ? name : "", name);
            Record.Fact("drbg", "the FIPS provider and the jitter source are mapped");
        });
        Record.Step("random-generator", () => Record.Fresh(() => Convert.ToHexString(RandomNumberGenerator.GetBytes(40))));
        Record.Step("random-guid", () => Record.Fresh(() => Guid.NewGuid().ToString()));
        Record.Step("random-class", () => Record.Fresh(() => new Random().NextInt64().ToString()));
        Record.Step("random-file", () => Record.Fresh(Path.GetRandomFileName));
        Record.Finish();
    }
}
